using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Benchmarks;

/// <summary>Times attention on one thread at the sizes of the models, as a lane of a training step runs it, beside the multiply-add
/// peak measured in the same run. Flops are 4·tokens²·headSize a head forward and 10·tokens²·headSize backward.</summary>
public static class AttentionBenchmark
{
    private const int Trials = 150;
    private const double SecondsPerTrial = 0.001; // short trials, many of them: the best one met no other program

    private static readonly (int Tokens, int HeadSize, int Heads)[] s_shapes =
        [(17, 64, 3), (65, 64, 3), (257, 64, 3), (65, 64, 6), (17, 64, 6), (65, 8, 16), (257, 8, 16), (17, 16, 4)];

    /// <summary>Prints one line a shape.</summary>
    /// <param name="args">Images in the micro-batch, 8 when left out.</param>
    public static void Run(string[] args)
    {
        var batch = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 8;
        using var host = new HostDevice(1);
        Console.WriteLine($"attention, {host.Description}, micro-batch {batch}, best of {Trials}");
        Console.WriteLine(
            "tokens  size heads | forward us  GFLOP/s  peak% | backward us  GFLOP/s  peak% | FMA peak GFLOP/s | bytes allocated");
        foreach (var (tokens, headSize, heads) in s_shapes)
            Time(host, batch, tokens, headSize, heads);
    }

    private static void Time(HostDevice host, int batch, int tokens, int headSize, int heads)
    {
        var width = (long)heads * headSize;
        var rows = (long)batch * tokens;
        var qkv = Filled(host, rows * 3 * width, 1);
        var dY = Filled(host, rows * width, 2);
        var y = Filled(host, rows * width, 3);
        var logSumExp = Filled(host, rows * heads, 4);
        var dQkv = Filled(host, rows * 3 * width, 5);
        Action forward = () => Attention.Forward(qkv, batch, tokens, heads, headSize, y, logSumExp);
        Action backward = () => Attention.Backward(dY, qkv, y, logSumExp, batch, tokens, heads, headSize, dQkv);
        var forwardFlops = 4.0 * rows * tokens * width;
        var backwardFlops = 10.0 * rows * tokens * width;
        var forwardRepeats = Repeats(forward);
        var backwardRepeats = Repeats(backward);
        double forwardTime = double.MaxValue, backwardTime = double.MaxValue, peakTime = double.MaxValue;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var trial = 0; trial < Trials; trial++) // interleaved, so that a change of clock meets all three
        {
            peakTime = Math.Min(peakTime, Seconds(s_peak, 1));
            forwardTime = Math.Min(forwardTime, Seconds(forward, forwardRepeats));
            backwardTime = Math.Min(backwardTime, Seconds(backward, backwardRepeats));
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        var peak = PeakFlops / peakTime;
        Console.WriteLine(
            $"{tokens,6} {headSize,5} {heads,5} "
            + $"| {forwardTime * 1e6,10:F1} {forwardFlops / forwardTime / 1e9,8:F1} {100 * forwardFlops / forwardTime / peak,5:F0}% "
            + $"| {backwardTime * 1e6,11:F1} {backwardFlops / backwardTime / 1e9,8:F1} {100 * backwardFlops / backwardTime / peak,5:F0}% "
            + $"| {peak / 1e9,16:F1} | {allocated}");
        foreach (var span in new[] { qkv, dY, y, logSumExp, dQkv })
            span.Buffer.Dispose();
    }

    private static DeviceSpan<float> Filled(HostDevice host, long count, int seed)
    {
        var random = new Random(seed);
        var span = host.Allocate<float>(count);
        foreach (ref var value in span.AsSpan())
            value = (float)(random.NextDouble() * 2 - 1);
        return span;
    }

    private static int Repeats(Action action)
    {
        Seconds(action, 3);
        return Math.Max(1, (int)(SecondsPerTrial / Seconds(action, 3)));
    }

    private static double Seconds(Action action, int repeats)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < repeats; i++)
            action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / repeats;
    }

    private const int PeakSteps = 200_000;
    private const int PeakChains = 12;

    private static readonly Action s_peak = () => MultiplyAdds(PeakSteps);

    private static double PeakFlops => 2.0 * PeakSteps * PeakChains * (Vector512.IsHardwareAccelerated ? 16 : 8);

    // Twelve independent chains of multiply-adds in registers: more than latency times units on any core so far.
    private static float MultiplyAdds(int steps) =>
        Vector512.IsHardwareAccelerated ? Chains512(steps) : Chains256(steps);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Chains512(int steps)
    {
        var x = Vector512.Create(0.999f);
        Vector512<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (; steps > 0; steps--)
        {
            a = Vector512.FusedMultiplyAdd(a, x, x);
            b = Vector512.FusedMultiplyAdd(b, x, x);
            c = Vector512.FusedMultiplyAdd(c, x, x);
            d = Vector512.FusedMultiplyAdd(d, x, x);
            e = Vector512.FusedMultiplyAdd(e, x, x);
            f = Vector512.FusedMultiplyAdd(f, x, x);
            g = Vector512.FusedMultiplyAdd(g, x, x);
            h = Vector512.FusedMultiplyAdd(h, x, x);
            i = Vector512.FusedMultiplyAdd(i, x, x);
            j = Vector512.FusedMultiplyAdd(j, x, x);
            k = Vector512.FusedMultiplyAdd(k, x, x);
            l = Vector512.FusedMultiplyAdd(l, x, x);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Chains256(int steps)
    {
        var x = Vector256.Create(0.999f);
        Vector256<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (; steps > 0; steps--)
        {
            a = Vector256.FusedMultiplyAdd(a, x, x);
            b = Vector256.FusedMultiplyAdd(b, x, x);
            c = Vector256.FusedMultiplyAdd(c, x, x);
            d = Vector256.FusedMultiplyAdd(d, x, x);
            e = Vector256.FusedMultiplyAdd(e, x, x);
            f = Vector256.FusedMultiplyAdd(f, x, x);
            g = Vector256.FusedMultiplyAdd(g, x, x);
            h = Vector256.FusedMultiplyAdd(h, x, x);
            i = Vector256.FusedMultiplyAdd(i, x, x);
            j = Vector256.FusedMultiplyAdd(j, x, x);
            k = Vector256.FusedMultiplyAdd(k, x, x);
            l = Vector256.FusedMultiplyAdd(l, x, x);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
