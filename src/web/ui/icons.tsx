import type { ReactNode } from 'react';

/** Icons are decorative; buttons have accessible names. `points`: they point forward or back in the line of text. */
function icon(children: ReactNode, { points = false } = {}) {
  return function Icon() {
    return (
      <svg
        className={points ? 'icon icon-points' : 'icon'}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {children}
      </svg>
    );
  };
}

export const PinIcon = icon(
  <>
    <path d="M9 4h6l-1 6 3 3H7l3-3-1-6Z" />
    <path d="M12 13v7" />
  </>,
);
export const LockIcon = icon(
  <>
    <rect x="5" y="11" width="14" height="9" rx="2.5" />
    <path d="M8 11V8a4 4 0 0 1 8 0v3" />
  </>,
);
export const HashIcon = icon(<path d="M9.5 4 7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16" />);
export const RoomsIcon = icon(
  <path d="M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.5 4v-4A2.5 2.5 0 0 1 4 13.5z" />,
);
export const InboxIcon = icon(
  <>
    <rect x="3.5" y="5.5" width="17" height="13" rx="2.5" />
    <path d="m4.5 7.5 7.5 6 7.5-6" />
  </>,
);
export const BellOffIcon = icon(
  <>
    <path d="M8.5 5.2A5 5 0 0 1 17 9c0 3 .7 4.9 1.5 6.200M6 16.500h10M7 9.500c0 3.5-1 5.3-2 7" />
    <path d="M10.2 20a2 2 0 0 0 3.6 0M4 4l16 16" />
  </>,
);
export const BellIcon = icon(
  <>
    <path d="M12 4a5 5 0 0 0-5 5c0 4-1 6-2 7.500h14C18 15 17 13 17 9a5 5 0 0 0-5-5z" />
    <path d="M10.2 20a2 2 0 0 0 3.6 0" />
  </>,
);
export const ReplyIcon = icon(<path d="M10 6 4 12l6 6M4.5 12H14a6 6 0 0 1 6 6v1" />, { points: true });
export const PencilIcon = icon(<path d="m5 16.5-1 3.5 3.5-1L19 7.5 16.5 5zM14.5 7l2.5 2.5" />);
export const CopyIcon = icon(
  <>
    <rect x="8.5" y="8.5" width="11" height="11" rx="2.5" />
    <path d="M5.5 15.500A1.5 1.5 0 0 1 4.5 14V6.500a2 2 0 0 1 2-2H14a1.5 1.5 0 0 1 1.5 1" />
  </>,
);
export const SmileIcon = icon(
  <>
    <circle cx="12" cy="12" r="8" />
    <path d="M8.5 14a4 4 0 0 0 7 0M9.2 9.500v.1M14.8 9.500v.1" />
  </>,
);
export const BanIcon = icon(
  <>
    <circle cx="12" cy="12" r="8" />
    <path d="m6.5 6.5 11 11" />
  </>,
);
export const PlusIcon = icon(<path d="M12 5v14M5 12h14" />);
export const KeyIcon = icon(
  <>
    <circle cx="8" cy="15" r="4" />
    <path d="m11 12 8-8M16 7l2.5 2.5" />
  </>,
);
export const BackIcon = icon(<path d="M15 5l-7 7 7 7" />, { points: true });
export const ForwardIcon = icon(<path d="m9 5 7 7-7 7" />, { points: true });
export const AttachIcon = icon(
  <path d="m19.5 11.5-7.6 7.6a4.600 4.600 0 0 1-6.500-6.500l8-8a3.100 3.100 0 0 1 4.400 4.400l-7.900 7.900a1.600 1.600 0 0 1-2.200-2.200l7.200-7.200" />,
);
export const FileIcon = icon(
  <path d="M13.5 3.500H7a2 2 0 0 0-2 2v13a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V9zM13.500 3.500V9H19" />,
);
export const DownloadIcon = icon(<path d="M12 4v11M7 10.500l5 5 5-5M5 20h14" />);
export const RetryIcon = icon(<path d="M19.500 12a7.500 7.500 0 1 1-2.200-5.300L19.500 9M19.500 4v5h-5" />);
export const DownIcon = icon(<path d="M12 5v14M6 13l6 6 6-6" />);
export const MoreIcon = icon(<path d="M12 5.5v.01M12 12v.01M12 18.5v.01" strokeWidth="3" />);
export const SendIcon = icon(<path d="M12 19V5M6 11l6-6 6 6" />);
export const TrashIcon = icon(<path d="M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 11v5M13.5 11v5" />);
export const SearchIcon = icon(
  <>
    <circle cx="11" cy="11" r="6.5" />
    <path d="m16 16 4.5 4.5" />
  </>,
);
export const CloseIcon = icon(<path d="M6 6l12 12M18 6 6 18" />);
export const PeopleIcon = icon(
  <>
    <circle cx="9" cy="8.5" r="3.5" />
    <path d="M2.5 19.5c.6-3.6 3.2-5.5 6.5-5.5s5.9 1.9 6.5 5.500M15.5 5.300a3.5 3.5 0 0 1 0 6.400M18 14.600c2 .8 3.2 2.5 3.5 4.9" />
  </>,
);
export const GearIcon = icon(
  <>
    <circle cx="12" cy="12" r="3" />
    <path d="M12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.600l2.1 2.100M16.3 16.300l2.1 2.100M5.6 18.400l2.1-2.100M16.3 7.700l2.1-2.1" />
  </>,
);
export const LeaveIcon = icon(
  <path d="M14 4.500h3.500A2 2 0 0 1 19.5 6.500v11a2 2 0 0 1-2 2H14M10 8l-4 4 4 4M6 12h9" />,
  { points: true },
);
export const JumpIcon = icon(<path d="M4 6h10M4 12h7M4 18h7M15 12h6M18 9l3 3-3 3" />, { points: true });
export const KeyboardIcon = icon(
  <>
    <rect x="3" y="6" width="18" height="12" rx="2.5" />
    <path d="M7 10v.01M11 10v.01M15 10v.01M9 14h6" />
  </>,
);
export const CheckIcon = icon(<path d="m5 12.5 4.5 4.500L19 7.5" />);
export const ReadIcon = icon(<path d="m2.5 12.5 4.5 4.500L16 7.500M12 16.500l.5.500L22 7.5" />);
export const ClockIcon = icon(
  <>
    <circle cx="12" cy="12" r="8" />
    <path d="M12 7.500V12l3 2" />
  </>,
);
export const AlertIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 7.500v5.500M12 16.300v.01" />
  </>,
);
