namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>The order in which the blocks of a launch begin.</summary>
internal sealed class GridOrder
{
    private readonly long _count;
    private readonly long _first;
    private readonly long _step;

    public GridOrder(LaunchContext context)
    {
        _count = context.Grid.Count;
        (_first, _step) = context.Options.Schedule switch
        {
            WarpSchedule.Random => Draw(context.Options.Seed, _count),
            WarpSchedule.Adversarial => (_count - 1, _count - 1),
            _ => (0, 1),
        };
    }

    /// <summary>The block that begins as the one of a number.</summary>
    public long At(long number) => (long)((_first + (Int128)number * _step) % _count);

    /// <summary>A random start and a random step without a common factor with the count: every block once.</summary>
    private static (long First, long Step) Draw(ulong seed, long count)
    {
        var random = new Random((int)(seed ^ seed >> 32));
        var step = random.NextInt64(1, Math.Max(count, 2));
        while (GreatestCommonDivisor(step, count) != 1)
            step++;
        return (random.NextInt64(count), step);
    }

    private static long GreatestCommonDivisor(long a, long b)
    {
        while (b != 0)
            (a, b) = (b, a % b);
        return a;
    }
}
