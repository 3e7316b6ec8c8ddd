namespace Mimir.Runtime.Corruptions;

/// <summary>Filters of 8-bit planes as OpenCV computes them; beyond the border the image is mirrored about its last pixel.</summary>
internal static class ByteFilters
{
    private const int Mask = 3;

    /// <summary>Means over 3x3 pixels, not rounded.</summary>
    /// <param name="plane">[side, side].</param>
    /// <param name="side">Rows and columns.</param>
    public static float[] Mean(ReadOnlySpan<float> plane, int side)
    {
        var means = new float[plane.Length];
        for (var i = 0; i < means.Length; i++)
        {
            var sum = 0.0;
            for (var m = 0; m < Mask * Mask; m++)
                sum += plane[Neighbour(i, m, side)];
            means[i] = (float)(sum * (1.0 / (Mask * Mask)));
        }

        return means;
    }

    /// <summary>Means over 3x3 pixels, rounded.</summary>
    /// <param name="plane">[side, side].</param>
    /// <param name="side">Rows and columns.</param>
    public static byte[] Mean(ReadOnlySpan<byte> plane, int side)
    {
        var means = new byte[plane.Length];
        for (var i = 0; i < means.Length; i++)
        {
            var sum = Mask * Mask / 2;
            for (var m = 0; m < Mask * Mask; m++)
                sum += plane[Neighbour(i, m, side)];
            means[i] = (byte)(sum / (Mask * Mask));
        }

        return means;
    }

    /// <summary>Correlates with a 3x3 mask and clips to 0 to 255.</summary>
    /// <param name="plane">[side, side].</param>
    /// <param name="side">Rows and columns.</param>
    /// <param name="mask">[3, 3].</param>
    public static byte[] Correlate(ReadOnlySpan<byte> plane, int side, ReadOnlySpan<int> mask)
    {
        var result = new byte[plane.Length];
        for (var i = 0; i < result.Length; i++)
        {
            var sum = 0;
            for (var m = 0; m < Mask * Mask; m++)
                sum += mask[m] * plane[Neighbour(i, m, side)];
            result[i] = (byte)Math.Clamp(sum, 0, byte.MaxValue);
        }

        return result;
    }

    /// <summary>Spreads the levels so that each is as frequent as the others; the lowest becomes 0. A plane of one level stays.</summary>
    /// <param name="plane">Any size, in place.</param>
    public static void Equalise(Span<byte> plane)
    {
        var counts = new int[byte.MaxValue + 1];
        foreach (var level in plane)
            counts[level]++;
        var lowest = Array.FindIndex(counts, count => count > 0);
        if (counts[lowest] == plane.Length)
            return;
        var scale = (float)byte.MaxValue / (plane.Length - counts[lowest]);
        var levels = new byte[counts.Length];
        var below = 0;
        for (var level = lowest + 1; level < levels.Length; level++)
        {
            below += counts[level];
            levels[level] = (byte)Math.Clamp(MathF.Round(below * scale), 0, byte.MaxValue);
        }

        foreach (ref var level in plane)
            level = levels[level];
    }

    private static int Neighbour(int pixel, int mask, int side) =>
        EdgeRule.Reflect101.Inside(pixel / side + mask / Mask - 1, side) * side + EdgeRule.Reflect101.Inside(pixel % side + mask % Mask - 1, side);
}
