import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '@fontsource-variable/inter/wght.css';
import './styles/theme.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/shell.css';
import './styles/conversation.css';
import './styles/files.css';
import './styles/overlays.css';
import './styles/search.css';
import './styles/print.css';
import { followOtherWindows, start } from './account/account.ts';
import { App } from './app.tsx';
import { keepShell } from './shell/offline.ts';
import { showTheme } from './shell/theme.ts';
import { loadWords } from './words/language.ts';

showTheme();
keepShell();
void loadWords().then(() => {
  void start();
  followOtherWindows();
  const root = document.getElementById('app');
  if (root)
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    );
});
