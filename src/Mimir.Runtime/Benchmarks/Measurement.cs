using System.Diagnostics;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Benchmarks;

/// <summary>Times of one action, in seconds.</summary>
/// <param name="Median">Of the repetitions.</param>
/// <param name="Best">The shortest: what the machine can do, which noise can only hide.</param>
public readonly record struct Measurement(double Median, double Best)
{
    private const double SecondsPerRepetition = 0.003;
    private const int Repetitions = 15;
    private const int FewCalls = 3;

    /// <summary>Times an action over repetitions that each run long enough for the clock.</summary>
    /// <param name="device">Where it runs; what it started there belongs to its time.</param>
    /// <param name="action">What is timed.</param>
    public static Measurement Of(Device device, Action action)
    {
        action();
        var calls = 1;
        while (Time(device, action, calls) < SecondsPerRepetition)
            calls *= 2;
        var seconds = new double[Repetitions];
        for (var i = 0; i < Repetitions; i++)
            seconds[i] = Time(device, action, calls) / calls;
        return Of(seconds);
    }

    /// <summary>The shortest of a few calls, the first not counted.</summary>
    public static double Shortest(Device device, Action action)
    {
        action();
        var best = double.MaxValue;
        for (var i = 0; i < FewCalls; i++)
            best = Math.Min(best, Time(device, action, calls: 1));
        return best;
    }

    /// <summary>The median and the shortest of some times, which are sorted for it.</summary>
    public static Measurement Of(Span<double> seconds)
    {
        seconds.Sort();
        return new Measurement(seconds[seconds.Length / 2], seconds[0]);
    }

    private static double Time(Device device, Action action, int calls)
    {
        device.Synchronise();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < calls; i++)
            action();
        device.Synchronise();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
