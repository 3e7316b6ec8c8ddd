using Mimir.Runtime.Data;

namespace Mimir.Runtime.Corruptions;

/// <summary>One of the common corruptions of Hendrycks and Dietterich 2019 (arXiv:1903.12261), with the constants that made CIFAR-10-C and
/// Tiny-ImageNet-C. It is a function of an image of 8-bit pixels, a severity and a stream of random numbers.</summary>
public abstract class Corruption
{
    /// <summary>How many severities there are; they count from 1.</summary>
    public const int Severities = 5;

    /// <summary>The shortest side of an image that every corruption still has a meaning on.</summary>
    public const int SmallestSide = 8;

    /// <summary>Its name in CIFAR-10-C, where it is also that of its file.</summary>
    public abstract string Name { get; }

    /// <summary>Whether it is one of the four that are held out from the mean.</summary>
    public virtual bool IsExtra => false;

    /// <summary>Why it cannot be generated for images of that shape; null where it can.</summary>
    public virtual string? Obstacle(ImageShape shape) => null;

    /// <summary>Corrupts one image.</summary>
    /// <param name="image">The natural image, values k/255.</param>
    /// <param name="level">How much.</param>
    /// <param name="draws">The random numbers.</param>
    /// <param name="result">[channels, side, side], overwritten.</param>
    internal abstract void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
