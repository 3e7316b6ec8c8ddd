namespace Mimir.Runtime.Corruptions;

/// <summary>How strongly an image of some size is corrupted. Constants are documented for sides of 32 (CIFAR-10-C) and 64
/// (Tiny-ImageNet-C); any other side takes the nearer set by ratio, with those constants that are lengths scaled with the side.</summary>
/// <param name="Severity">1 to <see cref="Corruption.Severities"/>.</param>
/// <param name="Side">Pixels.</param>
public readonly record struct CorruptionLevel(int Severity, int Side)
{
    private const int CifarSide = 32;
    private const int TinySide = 64;

    /// <summary>The side of the images whose constants are taken.</summary>
    public int DocumentedSide => (long)Side * Side <= CifarSide * TinySide ? CifarSide : TinySide;

    /// <summary>Whether the constants are documented for that very size.</summary>
    public bool IsDocumented => Side == DocumentedSide;

    /// <summary>Factor of lengths in pixels.</summary>
    internal double Scale => (double)Side / DocumentedSide;

    /// <summary>The constant of this severity.</summary>
    /// <param name="cifar">For a side of 32, one a severity.</param>
    /// <param name="tiny">For a side of 64, one a severity.</param>
    internal T Of<T>(T[] cifar, T[] tiny) => (DocumentedSide == CifarSide ? cifar : tiny)[Severity - 1];
}
