using Mimir.Runtime.Data;

namespace Mimir.Runtime.Corruptions;

/// <summary>Images under every corruption and severity, each made or read when it is asked for. Reading is thread-safe.</summary>
public abstract class CorruptedImages : IDisposable
{
    /// <summary>What the set is called.</summary>
    public abstract string Source { get; }

    /// <summary>The size of an image; its sides are equal.</summary>
    public abstract ImageShape Shape { get; }

    /// <summary>[count], the classes of the images, the same under every corruption.</summary>
    public abstract ReadOnlySpan<int> Labels { get; }

    /// <summary>What the labels mean.</summary>
    public abstract IReadOnlyList<string> ClassNames { get; }

    /// <summary>Number of images.</summary>
    public int Count => Labels.Length;

    /// <summary>Why a corruption is missing; null where it is there.</summary>
    public abstract string? Obstacle(Corruption corruption);

    /// <summary>One image.</summary>
    /// <param name="corruption">One without <see cref="Obstacle"/>.</param>
    /// <param name="severity">From 1.</param>
    /// <param name="image">Its number.</param>
    /// <param name="pixels">[channels, side, side], overwritten.</param>
    internal abstract void Read(Corruption corruption, int severity, int image, Span<byte> pixels);

    /// <summary>All images under a corruption.</summary>
    /// <param name="corruption">One without <see cref="Obstacle"/>.</param>
    /// <param name="severity">From 1.</param>
    /// <param name="threads">How many may work on it; the result does not depend on it.</param>
    /// <param name="cancellation">Stops between images.</param>
    /// <exception cref="Formats.FileFormatException">A file is damaged or foreign.</exception>
    public ImageSet Load(Corruption corruption, int severity, int threads, CancellationToken cancellation)
    {
        var (one, pixels) = (Shape.Values, new byte[(long)Count * Shape.Values]);
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        Parallel.For(0, Count, options, image => Read(corruption, severity, image, pixels.AsSpan(image * one, one)));
        return ImageSet.FromBytes(corruption.Name, $"{Source}, {corruption} {severity}", Shape, pixels, byte.MaxValue, Labels.ToArray(), ClassNames);
    }

    /// <inheritdoc/>
    public abstract void Dispose();
}
