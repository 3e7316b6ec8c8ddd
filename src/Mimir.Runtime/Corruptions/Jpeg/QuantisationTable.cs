namespace Mimir.Runtime.Corruptions.Jpeg;

/// <summary>Quantisation steps of a quality, as libjpeg derives them from the tables of ITU-T T.81, annex K.</summary>
internal static class QuantisationTable
{
    private static readonly byte[] s_luminance =
    [
        16, 11, 10, 16, 24, 40, 51, 61,
        12, 12, 14, 19, 26, 58, 60, 55,
        14, 13, 16, 24, 40, 57, 69, 56,
        14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77,
        24, 35, 55, 64, 81, 104, 113, 92,
        49, 64, 78, 87, 103, 121, 120, 101,
        72, 92, 95, 98, 112, 100, 103, 99,
    ];

    private static readonly byte[] s_chrominance =
    [
        17, 18, 24, 47, 99, 99, 99, 99,
        18, 21, 26, 66, 99, 99, 99, 99,
        24, 26, 56, 99, 99, 99, 99, 99,
        47, 66, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
    ];

    /// <summary>Steps for grey values, [8, 8].</summary>
    /// <param name="quality">1 to 100.</param>
    public static int[] Luminance(int quality) => Scaled(s_luminance, quality);

    /// <summary>Steps for colour differences, [8, 8].</summary>
    /// <param name="quality">1 to 100.</param>
    public static int[] Chrominance(int quality) => Scaled(s_chrominance, quality);

    private static int[] Scaled(byte[] table, int quality)
    {
        var percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
        return Array.ConvertAll(table, step => Math.Clamp((step * percent + 50) / 100, 1, byte.MaxValue));
    }
}
