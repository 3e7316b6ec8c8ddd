namespace Mimir.Runtime.Pictures;

/// <summary>Round numbers for an axis.</summary>
internal static class AxisTicks
{
    /// <summary>Multiples of 1, 2, 2.5 or 5 times a power of ten inside a range, about as many as wanted.</summary>
    public static double[] Between(double least, double most, int wanted)
    {
        var rough = (most - least) / wanted;
        if (!(rough > 0) || !double.IsFinite(rough))
            return [least];
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 2.5 => 2.5, <= 5 => 5, _ => 10 };
        var first = Math.Ceiling(least / step - 1e-9);
        var count = (int)(Math.Floor(most / step + 1e-9) - first) + 1;
        return [.. Enumerable.Range(0, count).Select(i => (first + i) * step)];
    }
}
