import { binary, select } from './kernels/binary';
import { stridedCopy } from './kernels/copy';
import { dropout, dropoutMask } from './kernels/dropout';
import { gather, oneHot } from './kernels/gather';
import { matmul } from './kernels/matmul';
import { movingAverage, moments, normalize } from './kernels/norm';
import { normalizeGradInput, normalizeGradParams } from './kernels/norm-gradient';
import { adam, clipNorm, clipValue, rmsProp, sgd } from './kernels/optimizer';
import { accumulate, advance, argMax, lap, reduce } from './kernels/reduce';
import { crossEntropy, crossEntropyGrad, softmax, softmaxGrad } from './kernels/softmax';
import { change, fired, statistics } from './kernels/statistics';
import { unary, unaryGrad } from './kernels/unary';
import { barrier } from './barrier';
import { Flag, Opcode } from './opcodes';

/**
 * Walks the program `steps` times; every thread walks the same program on its slice of each
 * instruction, and waits for the others where an instruction is flagged and after each step. 0 when
 * all is done, 1 when another thread was lost.
 */
export function run(program: usize, steps: i32, thread: i32, threads: i32): i32 {
  for (let step = 0; step < steps; step++) {
    let ip = program;
    while (true) {
      const head = load<u32>(ip);
      if (ASC_FEATURE_THREADS) {
        if (threads > 1 && (head >> 24) & Flag.Barrier) {
          if (!barrier(thread, threads)) return 1;
        }
      }
      switch (head & 0xff) {
        case Opcode.End:
          break;
        case Opcode.Unary:
          unary(ip, thread, threads);
          break;
        case Opcode.UnaryGrad:
          unaryGrad(ip, thread, threads);
          break;
        case Opcode.Binary:
          binary(ip, thread, threads);
          break;
        case Opcode.Select:
          select(ip, thread, threads);
          break;
        case Opcode.Reduce:
          reduce(ip, thread, threads);
          break;
        case Opcode.ArgMax:
          argMax(ip, thread, threads);
          break;
        case Opcode.Matmul:
          matmul(ip, thread, threads);
          break;
        case Opcode.StridedCopy:
          stridedCopy(ip, thread, threads);
          break;
        case Opcode.Softmax:
          softmax(ip, thread, threads);
          break;
        case Opcode.SoftmaxGrad:
          softmaxGrad(ip, thread, threads);
          break;
        case Opcode.CrossEntropy:
          crossEntropy(ip, thread, threads);
          break;
        case Opcode.CrossEntropyGrad:
          crossEntropyGrad(ip, thread, threads);
          break;
        case Opcode.Moments:
          moments(ip, thread, threads);
          break;
        case Opcode.Normalize:
          normalize(ip, thread, threads);
          break;
        case Opcode.NormalizeGradInput:
          normalizeGradInput(ip, thread, threads);
          break;
        case Opcode.NormalizeGradParams:
          normalizeGradParams(ip, thread, threads);
          break;
        case Opcode.MovingAverage:
          movingAverage(ip, thread, threads);
          break;
        case Opcode.DropoutMask:
          dropoutMask(ip, thread, threads);
          break;
        case Opcode.Dropout:
          dropout(ip, thread, threads);
          break;
        case Opcode.Gather:
          gather(ip, thread, threads);
          break;
        case Opcode.OneHot:
          oneHot(ip, thread, threads);
          break;
        case Opcode.Sgd:
          sgd(ip, thread, threads);
          break;
        case Opcode.RmsProp:
          rmsProp(ip, thread, threads);
          break;
        case Opcode.Adam:
          adam(ip, thread, threads);
          break;
        case Opcode.ClipValue:
          clipValue(ip, thread, threads);
          break;
        case Opcode.ClipNorm:
          clipNorm(ip, thread, threads);
          break;
        case Opcode.Accumulate:
          accumulate(ip, thread, threads);
          break;
        case Opcode.Advance:
          advance(ip, thread, threads);
          break;
        case Opcode.Lap:
          lap(ip, thread, threads);
          break;
        case Opcode.Statistics:
          statistics(ip, thread, threads);
          break;
        case Opcode.Change:
          change(ip, thread, threads);
          break;
        case Opcode.Fired:
          fired(ip, thread, threads);
          break;
      }
      if ((head & 0xff) == Opcode.End) break;
      ip += ((head >> 8) & 0xffff) << 2;
    }
    if (ASC_FEATURE_THREADS) {
      if (threads > 1 && !barrier(thread, threads)) return 1;
    }
  }
  return 0;
}
