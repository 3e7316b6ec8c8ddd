using System.Diagnostics;

namespace Mimir.Runtime.Benchmarks;

/// <summary>Times of one action, in seconds.</summary>
/// <param name="Median">Of the repetitions.</param>
/// <param name="Best">The shortest: what the machine can do, which noise can only hide.</param>
public readonly record struct Measurement(double Median, double Best)
{
    private const double SecondsPerRepetition = 0.003;
    private const int Repetitions = 15;

    /// <summary>Times an action over repetitions that each run long enough for the clock.</summary>
    public static Measurement Of(Action action)
    {
        action();
        var calls = 1;
        while (Time(action, calls) < SecondsPerRepetition)
            calls *= 2;
        var seconds = new double[Repetitions];
        for (var i = 0; i < Repetitions; i++)
            seconds[i] = Time(action, calls) / calls;
        return Of(seconds);
    }

    /// <summary>The median and the shortest of some times, which are sorted for it.</summary>
    public static Measurement Of(Span<double> seconds)
    {
        seconds.Sort();
        return new Measurement(seconds[seconds.Length / 2], seconds[0]);
    }

    private static double Time(Action action, int calls)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < calls; i++)
            action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
