// The call on the screen: header, stage, toolbar and side panel, drawn from the state of the call.

import type { Call } from '../call';
import { isScreenShareSupported } from '../local-media';
import { Listening } from '../listening';
import type { Source } from '../protocol';
import { StatsCollector, type Snapshot } from '../stats-collector';
import type { CallState } from '../state';
import { tilesOf } from '../tiles';
import { brand } from './brand';
import { h } from './dom';
import { icon } from './icons';
import { inviteButton } from './invite';
import { kPageLooks, type PageId } from './page-looks';
import { participantRows } from './participants';
import { SidePanel, type Page } from './side-panel';
import { kSourceLooks } from './source-looks';
import { Stage } from './stage';
import { StatsPanel } from './stats-panel';
import { Status } from './status';
import { ToggleButton } from './toggle-button';

const kSources: Source[] = ['microphone', 'camera', 'screen'];

export interface CallViewSetup {
  name: string;
  room: string;
  link: string;
  notify: (text: string) => void;
  leave: () => void;
}

export class CallView {
  readonly element: HTMLElement;
  readonly #call: Call;
  readonly #setup: CallViewSetup;
  readonly #status = new Status();
  readonly #stage: Stage;
  readonly #panel = new SidePanel((open) => this.#pageChanged(open));
  readonly #people = h('ul', { class: 'people' });
  readonly #stats = new StatsPanel();
  readonly #pages: Record<PageId, Page>;
  readonly #toggles: Record<Source, ToggleButton>;
  readonly #pageButtons: Record<PageId, ToggleButton>;
  readonly #count = h('span', { class: 'count', 'data-testid': 'participant-count' });
  readonly #title: HTMLElement;
  readonly #unblock: HTMLButtonElement;
  readonly #listening: Listening;
  readonly #unsubscribe: () => void;
  readonly #collector: StatsCollector;
  #snapshot: Snapshot | null = null;
  #known: Map<string, string> | null = null;

  constructor(call: Call, setup: CallViewSetup) {
    this.#call = call;
    this.#setup = setup;
    this.#stage = new Stage(emptyRoom(setup), (producerId, label) => void call.chooseQuality(producerId, label));
    this.#pages = {
      participants: {
        id: 'participants',
        title: 'People',
        content: h('div', {}, this.#people, inviteButton(setup.link, 'Copy invite link', setup.notify)),
      },
      stats: { id: 'stats', title: 'Statistics', content: this.#stats.element },
    };
    const toggle = (source: Source): ToggleButton =>
      new ToggleButton(kSourceLooks[source], () => void call.toggle(source));
    this.#toggles = { microphone: toggle('microphone'), camera: toggle('camera'), screen: toggle('screen') };
    this.#pageButtons = this.#buildPageButtons();
    this.#unblock = h('button', { type: 'button', class: 'primary unblock', hidden: true }, 'Turn sound on');
    this.#listening = new Listening(() => (this.#unblock.hidden = false));
    this.#unblock.addEventListener('click', () => {
      this.#unblock.hidden = true;
      this.#listening.unblock();
    });
    const { room } = setup;
    this.#title = h('h1', { class: 'room-name', 'data-testid': 'room-name', title: room, tabindex: -1 }, room);
    this.element = this.#build();
    this.#unsubscribe = call.store.subscribe((state) => this.#show(state));
    this.#collector = new StatsCollector(
      () => call.streams,
      (snapshot) => this.#measure(snapshot),
    );
    document.addEventListener('keydown', this.#pressed);
  }

  /** The button that had the focus is gone: a keyboard starts at the top, and a screen reader says the room. */
  focus(): void {
    this.#title.focus({ preventScroll: true });
  }

  close(): void {
    document.removeEventListener('keydown', this.#pressed);
    this.#unsubscribe();
    this.#collector.close();
    this.#listening.close();
    this.#stage.close();
  }

  #build(): HTMLElement {
    const { link, notify, leave } = this.#setup;
    const header = h(
      'header',
      { class: 'call-header' },
      brand(),
      this.#title,
      this.#status.sign,
      h('span', { class: 'spring' }),
      inviteButton(link, 'Invite', notify),
    );
    const leaveButton = h(
      'button',
      {
        type: 'button',
        class: 'control control-leave',
        id: 'leave',
        'data-testid': 'leave',
        'aria-label': 'Leave the call',
        title: 'Leave the call',
      },
      h('span', { class: 'control-icon' }, icon('leave')),
      h('span', { class: 'control-caption', 'aria-hidden': 'true' }, 'Leave'),
    );
    leaveButton.addEventListener('click', leave);
    this.#toggles.screen.element.hidden = !isScreenShareSupported();
    const toolbar = h(
      'div',
      { class: 'toolbar', role: 'group', 'aria-label': 'Call controls' },
      ...kSources.map((source) => this.#toggles[source].element),
      h('span', { class: 'toolbar-gap' }),
      this.#pageButtons.participants.element,
      this.#pageButtons.stats.element,
      h('span', { class: 'toolbar-gap' }),
      leaveButton,
    );
    const main = h('main', { class: 'call-main' }, this.#stage.element, this.#panel.element);
    return h(
      'div',
      { class: 'call' },
      header,
      this.#status.banner,
      main,
      h('footer', { class: 'call-footer' }, this.#unblock, toolbar),
    );
  }

  #buildPageButtons(): Record<PageId, ToggleButton> {
    const button = (id: PageId, detail: HTMLElement | null): ToggleButton =>
      new ToggleButton(
        kPageLooks[id],
        () => this.#panel.toggle(this.#pages[id], this.#pageButtons[id].element),
        detail,
      );
    return { participants: button('participants', this.#count), stats: button('stats', null) };
  }

  #show(state: CallState): void {
    this.#status.show(state.connection);
    this.#stage.show(tilesOf(state, this.#setup.name));
    this.#listening.show(state.streams);
    for (const source of kSources) this.#toggles[source].show(state.local[source].on, state.local[source].busy);
    const rows = participantRows(state, this.#setup.name);
    this.#count.textContent = String(rows.length);
    this.#pageButtons.participants.show(this.#panel.open === 'participants');
    if (this.#panel.open === 'participants') this.#people.replaceChildren(...rows);
    this.#announce(state);
  }

  #pageChanged(open: string | null): void {
    for (const id of ['participants', 'stats'] as const) this.#pageButtons[id].show(open === id);
    this.#people.replaceChildren(...participantRows(this.#call.store.state, this.#setup.name));
    this.#showStats();
  }

  #measure(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#stage.measure(snapshot);
    this.#showStats();
  }

  #showStats(): void {
    if (this.#panel.open !== 'stats' || this.#snapshot === null) return;
    const { participants } = this.#call.store.state;
    this.#stats.show(this.#snapshot, (peerId) => participants.find(({ id }) => id === peerId)?.name ?? 'Somebody');
  }

  // Says who came and went, except for those who were there before us and while the connection is being built anew.
  #announce({ connection, participants, selfId }: CallState): void {
    if (connection === 'connecting' || connection === 'reconnecting' || !participants.some(({ id }) => id === selfId)) {
      this.#known = null;
      return;
    }
    const present = new Map(participants.filter(({ id }) => id !== selfId).map(({ id, name }) => [id, name]));
    const known = this.#known ?? present;
    this.#known = present;
    for (const [id, name] of present) if (!known.has(id)) this.#setup.notify(`${name} joined.`);
    for (const [id, name] of known) if (!present.has(id)) this.#setup.notify(`${name} left.`);
  }

  readonly #pressed = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    // In a menu, letters choose.
    if (event.target instanceof HTMLSelectElement) return;
    if (event.key === 'Escape') return this.#panel.close();
    const source = kSources.find((one) => kSourceLooks[one].key?.toLowerCase() === event.key.toLowerCase());
    if (source) void this.#call.toggle(source);
  };
}

function emptyRoom({ link, notify, room }: CallViewSetup): HTMLElement {
  return h(
    'div',
    { class: 'alone', 'data-testid': 'alone' },
    h('p', {}, 'You are the only one in ', h('strong', {}, room), '. Send the link to whom you want to meet.'),
    inviteButton(link, 'Copy invite link', notify),
  );
}
