import type { Answer } from './attempt.ts';
import type { Traces } from './canary.ts';
import type { Expectation, Outcome, Trial } from './model.ts';

/** Errors that say a trial was not understood or not possible, whatever the guards think of it. */
const NOT_TRIED = /^(?:25006|42601|42883|42P01|42703|0A000|57014|55P03|40|53|connection)/;

/** Says what an answer means for a trial; `twin` is the answer that must read the same. */
export function judge(trial: Trial, answer: Answer, traces: Traces, twin?: Answer): Outcome {
  const outcome = verdictOf(trial, answer, traces, twin);
  if (outcome.verdict === 'BROKEN' && trial.limit !== undefined) {
    return { verdict: 'DEGRADED', happened: `${outcome.happened}. Known limit: ${trial.limit}` };
  }
  if (outcome.verdict === 'BROKEN' && trial.residual !== undefined) {
    return { verdict: 'RESIDUAL', happened: `${outcome.happened}. Accepted: ${trial.residual}` };
  }
  if (outcome.verdict === 'HELD' && answer.code === undefined && trial.hollow !== undefined) {
    return {
      verdict: 'COULD NOT TRY',
      happened: `${outcome.happened}, which proves nothing: ${trial.hollow}`,
    };
  }
  return outcome;
}

function verdictOf(trial: Trial, answer: Answer, traces: Traces, twin?: Answer): Outcome {
  const said = trial.steps.filter((step) => typeof step === 'string').join('\n');
  const trace = traces.find(answer.text, said);
  const broken = (happened: string): Outcome => ({ verdict: 'BROKEN', happened });
  if (trace !== undefined)
    return broken(`${answer.happened}: it shows ${trace} of the other tenant`);
  if (answer.changed) return broken(`${answer.happened}: rows of the other tenant differ`);
  if (twin !== undefined && withoutIds(twin.text) !== withoutIds(answer.text)) {
    return broken(`foreign: ${answer.happened}; missing: ${twin.happened}`);
  }
  if (answer.code !== undefined) return judgeError(trial.expect, answer, answer.code);
  const { outcome, without } = trial.expect;
  const words = without?.exec(answer.text)?.[0];
  if (words !== undefined) return broken(`${answer.happened}: ${words}`);
  if (outcome === 'refused') return broken(`carried out: ${answer.happened}`);
  if (outcome === 'nothing' && answer.rowCount > 0) return broken(answer.happened);
  if (outcome === 'zero' && !/^(?:0|f|false)$/.test(answer.value ?? 'null')) {
    return broken(`${answer.happened}, value ${answer.value ?? 'null'}`);
  }
  return { verdict: 'HELD', happened: answer.happened };
}

function judgeError(expect: Expectation, { happened }: Answer, code: string): Outcome {
  if (expect.exactly !== undefined) {
    return { verdict: code === expect.exactly ? 'HELD' : 'COULD NOT TRY', happened };
  }
  const isGuard = code === '42501' || code.startsWith('IB');
  if (isGuard || expect.codes?.includes(code) === true) return { verdict: 'HELD', happened };
  if (expect.past?.test(code) === true) {
    return { verdict: 'BROKEN', happened: `past the guard: ${happened}` };
  }
  const isTried = expect.outcome === 'own' && !NOT_TRIED.test(code);
  return { verdict: isTried ? 'HELD' : 'COULD NOT TRY', happened };
}

function withoutIds(text: string): string {
  return text.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '<id>');
}
