namespace Mimir.Runtime.Data;

/// <summary>Where an augmentation draws its random numbers from: one stream, drawn in order.</summary>
public interface IRandomSource
{
    /// <summary>The next number, uniform in [0, 1).</summary>
    float NextUniform();

    /// <summary>The next integer, uniform in [0, <paramref name="bound"/>).</summary>
    /// <param name="bound">From 1.</param>
    int NextInt(int bound);
}
