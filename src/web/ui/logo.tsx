export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect className="logo-field" width="32" height="32" rx="9" />
      <circle className="logo-sun" cx="16" cy="12.5" r="5" />
      <path
        className="logo-air"
        d="M5 19.5h22M8 23.5h16M12 27.2h8"
        strokeWidth="2"
        strokeLinecap="round"
        fill="none"
      />
    </svg>
  );
}
