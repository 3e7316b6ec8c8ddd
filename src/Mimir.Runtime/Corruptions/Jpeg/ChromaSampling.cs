namespace Mimir.Runtime.Corruptions.Jpeg;

/// <summary>Colour differences at half the resolution in both directions (4:2:0), as libjpeg makes them smaller and large again.</summary>
internal static class ChromaSampling
{
    /// <summary>Means of 2x2 samples; halves are rounded up and down in turn, so that no brightness is gained.</summary>
    public static SamplePlane Halve(SamplePlane full)
    {
        var half = new SamplePlane((full.Height + 1) / 2, (full.Width + 1) / 2);
        for (var row = 0; row < half.Height; row++)
        {
            for (var column = 0; column < half.PaddedWidth; column++)
            {
                var (above, below) = (2 * row, Math.Min(2 * row + 1, full.Height - 1));
                var (left, right) = (Math.Min(2 * column, full.Width - 1), Math.Min(2 * column + 1, full.Width - 1));
                var sum = full[above, left] + full[above, right] + full[below, left] + full[below, right];
                half[row, column] = (byte)((sum + 1 + column % 2) / 4);
            }
        }

        half.PadRows();
        return half;
    }

    /// <summary>Linear interpolation: 9, 3, 3 and 1 sixteenths of the four nearest samples; halves are rounded down and up in turn.</summary>
    public static SamplePlane Double(SamplePlane half, int height, int width)
    {
        var full = new SamplePlane(height, width);
        for (var row = 0; row < height; row++)
        {
            var near = row / 2;
            var far = Math.Clamp(row % 2 == 0 ? near - 1 : near + 1, 0, half.Height - 1);
            for (var column = 0; column < width; column++)
            {
                var nearColumn = column / 2;
                var farColumn = Math.Clamp(column % 2 == 0 ? nearColumn - 1 : nearColumn + 1, 0, half.Width - 1);
                var sum = 3 * (3 * half[near, nearColumn] + half[far, nearColumn]) + 3 * half[near, farColumn] + half[far, farColumn];
                full[row, column] = (byte)((sum + 8 - column % 2) / 16);
            }
        }

        return full;
    }
}
