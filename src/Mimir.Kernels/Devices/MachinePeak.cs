using System.Diagnostics;
using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels.Devices;

/// <summary>Measures how many multiply-adds the machine does at best: 24 independent sums in registers, no memory.
/// The best of short repetitions, since whatever else runs can only slow one down.</summary>
public static unsafe class MachinePeak
{
    private const int Rounds = 20_000;
    private const int Sums = 24;
    private const int SinkFloats = 32; // two cache lines a task, so that none is shared

    /// <summary>Peak of all of a device's threads together, in GFLOP/s (a multiply-add is 2).</summary>
    /// <param name="device">What is measured; nothing else may run on it.</param>
    /// <param name="milliseconds">How long to repeat; the first 20 suffice for a clock that is up.</param>
    public static double GigaflopsPerSecond(HostDevice device, int milliseconds = 40)
    {
        var threads = device.Team.Threads;
        var sinks = stackalloc float[SinkFloats * threads];
        var kernel = new Kernel { Sinks = sinks };
        device.For(threads, kernel);
        var best = double.MaxValue;
        for (var watch = Stopwatch.StartNew(); watch.ElapsedMilliseconds < milliseconds;)
        {
            var start = Stopwatch.GetTimestamp();
            device.For(threads, kernel);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return 2.0 * Sums * Rounds * ((int)device.Width / 32) * threads / best / 1e9;
    }

    private struct Kernel : ISimdKernel
    {
        public float* Sinks;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var task = from; task < to; task++)
                S.Store(Sinks + SinkFloats * task, Burn<S, V>());
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        private static V Burn<S, V>() where S : struct, ISimd<V> where V : unmanaged
        {
            V x = S.Broadcast(0.5f), y = S.Broadcast(0.25f);
            V s0 = x, s1 = x, s2 = x, s3 = x, s4 = x, s5 = x, s6 = x, s7 = x, s8 = x, s9 = x, sA = x, sB = x;
            V t0 = y, t1 = y, t2 = y, t3 = y, t4 = y, t5 = y, t6 = y, t7 = y, t8 = y, t9 = y, tA = y, tB = y;
            for (var i = 0; i < Rounds; i++)
            {
                s0 = S.FusedMultiplyAdd(x, y, s0);
                s1 = S.FusedMultiplyAdd(x, y, s1);
                s2 = S.FusedMultiplyAdd(x, y, s2);
                s3 = S.FusedMultiplyAdd(x, y, s3);
                s4 = S.FusedMultiplyAdd(x, y, s4);
                s5 = S.FusedMultiplyAdd(x, y, s5);
                s6 = S.FusedMultiplyAdd(x, y, s6);
                s7 = S.FusedMultiplyAdd(x, y, s7);
                s8 = S.FusedMultiplyAdd(x, y, s8);
                s9 = S.FusedMultiplyAdd(x, y, s9);
                sA = S.FusedMultiplyAdd(x, y, sA);
                sB = S.FusedMultiplyAdd(x, y, sB);
                t0 = S.FusedMultiplyAdd(x, y, t0);
                t1 = S.FusedMultiplyAdd(x, y, t1);
                t2 = S.FusedMultiplyAdd(x, y, t2);
                t3 = S.FusedMultiplyAdd(x, y, t3);
                t4 = S.FusedMultiplyAdd(x, y, t4);
                t5 = S.FusedMultiplyAdd(x, y, t5);
                t6 = S.FusedMultiplyAdd(x, y, t6);
                t7 = S.FusedMultiplyAdd(x, y, t7);
                t8 = S.FusedMultiplyAdd(x, y, t8);
                t9 = S.FusedMultiplyAdd(x, y, t9);
                tA = S.FusedMultiplyAdd(x, y, tA);
                tB = S.FusedMultiplyAdd(x, y, tB);
            }

            var s = S.Add(S.Add(S.Add(s0, s1), S.Add(s2, s3)), S.Add(S.Add(s4, s5), S.Add(s6, s7)));
            var t = S.Add(S.Add(S.Add(t0, t1), S.Add(t2, t3)), S.Add(S.Add(t4, t5), S.Add(t6, t7)));
            return S.Add(S.Add(s, t), S.Add(S.Add(S.Add(s8, s9), S.Add(sA, sB)), S.Add(S.Add(t8, t9), S.Add(tA, tB))));
        }
    }
}
