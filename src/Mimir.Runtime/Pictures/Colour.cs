namespace Mimir.Runtime.Pictures;

/// <summary>A colour of 8-bit channels.</summary>
/// <param name="Red">Red.</param>
/// <param name="Green">Green.</param>
/// <param name="Blue">Blue.</param>
public readonly record struct Colour(byte Red, byte Green, byte Blue)
{
    /// <summary>White.</summary>
    public static Colour White { get; } = new(255, 255, 255);

    /// <summary>Nearly black, for text and axes.</summary>
    public static Colour Ink { get; } = new(25, 25, 30);

    /// <summary>A grey for what should stand back.</summary>
    public static Colour Grey { get; } = new(150, 150, 155);

    /// <summary>A mixture.</summary>
    /// <param name="other">The other colour.</param>
    /// <param name="share">Of the other colour, in [0, 1].</param>
    public Colour Towards(Colour other, double share) => new(
        (byte)Math.Round(Red + (other.Red - Red) * share),
        (byte)Math.Round(Green + (other.Green - Green) * share),
        (byte)Math.Round(Blue + (other.Blue - Blue) * share));
}

/// <summary>Colours for numbers, dark for small ones: evenly spaced in lightness, so that it reads in grey and for the colour-blind.</summary>
public static class ColourScale
{
    // Nine stations from dark violet over teal to yellow, with rising luminance.
    private static readonly Colour[] s_stations =
    [
        new(66, 10, 90), new(71, 44, 122), new(60, 79, 138), new(45, 112, 142), new(33, 144, 141), new(42, 176, 127), new(108, 205, 90), new(181, 222, 43),
        new(250, 230, 40),
    ];

    // As many as can be told apart; smooth areas then have few colours, and files are half as large.
    private const int Colours = 255;

    /// <summary>The colour of a number.</summary>
    /// <param name="share">0 to 1; beyond is as at the end.</param>
    public static Colour At(double share)
    {
        var position = Math.Round(Math.Clamp(share, 0, 1) * Colours) / Colours * (s_stations.Length - 1);
        var station = Math.Min((int)position, s_stations.Length - 2);
        return s_stations[station].Towards(s_stations[station + 1], position - station);
    }
}
