using System.Diagnostics;

namespace Mimir.Benchmarks;

/// <summary>Times actions. Times are in seconds.</summary>
internal static class Measurement
{
    private const double SecondsPerRepetition = 0.004;
    private const int Repetitions = 21;

    /// <summary>The median time of one call, over repetitions that each run long enough to time.</summary>
    public static double Median(Action action) => SortedTimes(action)[Repetitions / 2];

    /// <summary>The shortest time of one call, over the same repetitions: for limits of the machine, which noise can only hide.</summary>
    public static double Shortest(Action action) => SortedTimes(action)[0];

    /// <summary>The value behind <c>--name</c>, or a default.</summary>
    public static int Option(string[] args, string name, int otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at < 0 ? otherwise : int.Parse(args[at + 1]);
    }

    private static double[] SortedTimes(Action action)
    {
        action();
        var calls = 1;
        while (Time(action, calls) < SecondsPerRepetition)
            calls *= 2;
        var times = new double[Repetitions];
        for (var i = 0; i < Repetitions; i++)
            times[i] = Time(action, calls) / calls;
        Array.Sort(times);
        return times;
    }

    private static double Time(Action action, int calls)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < calls; i++)
            action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
