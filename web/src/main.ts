// The page: from the lobby into a call and back.

import { detectDevice } from 'mediasoup-client';
import { Call } from './call';
import { inviteLink, openStorage, readOptions, rememberVisit, withRoom } from './options';
import { CallView } from './ui/call-view';
import { h } from './ui/dom';
import { Lobby, type Entry } from './ui/lobby';
import { Toasts } from './ui/toasts';

const storage = openStorage();
const toasts = new Toasts();
const app = document.getElementById('app') ?? document.body;

/** @param refusal why the room that was wanted could not be joined */
function showLobby(refusal: string | null = null): void {
  const lobby = new Lobby(readOptions(location.search, storage), showCall, refusal);
  document.title = 'consomme';
  app.replaceChildren(lobby.element, toasts.element);
  lobby.focus();
}

function showCall(entry: Entry): void {
  const { name, room } = entry;
  rememberVisit(name, room, storage);
  history.replaceState(null, '', withRoom(location.href, room));
  document.title = `${room} · consomme`;
  const { codec, forceTcp } = readOptions(location.search, storage);
  const refused = (reason: string): void => {
    close();
    showLobby(`You could not join ${room}: ${reason}.`);
  };
  const call = new Call({ ...entry, codec, forceTcp }, { notify: toasts.show, refused });
  const end = (): void => call.leave();
  window.addEventListener('pagehide', end);
  const close = (): void => {
    window.removeEventListener('pagehide', end);
    view.close();
    call.leave();
  };
  const leave = (): void => {
    close();
    showLobby();
    toasts.show(`You left ${room}.`);
  };
  const view = new CallView(call, { name, room, link: inviteLink(location.href, room), notify: toasts.show, leave });
  app.replaceChildren(view.element, toasts.element);
  view.focus();
  call.start();
}

function showUnsupported(): void {
  const text = 'This browser cannot hold calls. Current versions of Chrome, Edge, Firefox and Safari can.';
  app.replaceChildren(h('main', { class: 'unsupported' }, h('p', { role: 'alert' }, text)));
}

if (typeof RTCPeerConnection === 'function' && detectDevice()) showLobby();
else showUnsupported();
