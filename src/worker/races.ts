import { parseRunConfig } from "../config";
import { failureText } from "../train/failure";
import { nominalSize } from "../train/nominal";
import { checkRaceFits, raceCosts } from "../train/race/memory";
import type { Requests } from "./protocol";
import { RaceInWorker, type RaceSurroundings } from "./raceInWorker";
import type { Session } from "./session";

/** The races of this worker, one at a time. */
export class Races {
  readonly #surroundings: RaceSurroundings;
  /** The race under way, or the last one that was asked for. */
  #current: RaceInWorker | null = null;

  constructor(surroundings: RaceSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Ends the race before, if one is under way, and resolves when this one is over. */
  async start(request: Requests["race"]): Promise<void> {
    const previous = this.#current;
    const race = new RaceInWorker(request, this.#surroundings, previous?.ended);
    this.#current = race;
    previous?.cancel();
    await race.ended;
    if (this.#current === race) this.#current = null;
  }

  pause({ raceId }: Requests["pauseRace"]): void {
    this.#of(raceId)?.pause();
  }

  resume({ raceId }: Requests["continueRace"]): void {
    this.#of(raceId)?.resume();
  }

  cancel({ raceId }: Requests["cancelRace"]): void {
    this.#of(raceId)?.cancel();
  }

  /** A run that is opened during a race waits like the one before it. */
  async hold(session: Session): Promise<void> {
    await this.#current?.hold(session);
  }

  /** Tells what a race of these settings would take, or why there can be none. */
  cost({ requestId, config, cells, executor }: Requests["raceCost"]): void {
    const { post, mostBytes, openRun } = this.#surroundings;
    try {
      const checked = parseRunConfig(config);
      const costs = raceCosts(checked, cells, nominalSize(checked.task));
      checkRaceFits(cells, costs, mostBytes(executor), openRun()?.bytes);
      post("raceCost", { requestId, costs });
    } catch (error) {
      post("raceCost", { requestId, failure: failureText(error) });
    }
  }

  #of(raceId: number): RaceInWorker | null {
    return this.#current?.request.raceId === raceId ? this.#current : null;
  }
}
