namespace Mimir.Runtime.Corruptions;

/// <summary>Resizing with Pillow's box filter: a result's value is the mean of the pixels whose centres lie under its footprint, or under one
/// pixel where it is smaller; columns first, then rows, each rounded to 8 bits from 22-bit weights.</summary>
internal static class BoxResize
{
    private const int WeightBits = 22;

    /// <summary>Resizes one plane.</summary>
    /// <param name="plane">[from, from].</param>
    /// <param name="from">Its side.</param>
    /// <param name="to">The result's side.</param>
    /// <returns>[to, to].</returns>
    public static byte[] Run(ReadOnlySpan<byte> plane, int from, int to)
    {
        var narrow = new byte[from * to];
        var result = new byte[to * to];
        for (var i = 0; i < to; i++)
        {
            var (first, end) = Footprint(i, from, to);
            var weight = (int)(0.5 + 1.0 / (end - first) * (1 << WeightBits));
            for (var row = 0; row < from; row++)
                narrow[row * to + i] = Mean(plane, row * from + first, end - first, 1, weight);
        }

        for (var i = 0; i < to; i++)
        {
            var (first, end) = Footprint(i, from, to);
            var weight = (int)(0.5 + 1.0 / (end - first) * (1 << WeightBits));
            for (var column = 0; column < to; column++)
                result[i * to + column] = Mean(narrow, first * to + column, end - first, to, weight);
        }

        return result;
    }

    private static (int First, int End) Footprint(int position, int from, int to)
    {
        var scale = (double)from / to;
        var half = 0.5 * Math.Max(scale, 1);
        var centre = (position + 0.5) * scale;
        var first = Math.Max(0, (int)(centre - half + 0.5));
        var end = Math.Min(from, (int)(centre + half + 0.5));
        while (!IsUnder(first))
            first++;
        while (!IsUnder(end - 1))
            end--;
        return (first, end);

        bool IsUnder(int pixel) => (pixel - centre + 0.5) * 0.5 / half is > -0.5 and <= 0.5;
    }

    private static byte Mean(ReadOnlySpan<byte> pixels, int start, int count, int step, int weight)
    {
        var sum = 1 << (WeightBits - 1);
        for (var i = 0; i < count; i++)
            sum += pixels[start + i * step] * weight;
        return (byte)Math.Min(sum >> WeightBits, byte.MaxValue);
    }
}
