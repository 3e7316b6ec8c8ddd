namespace Mimir.Runtime.Data.Augmentation;

/// <summary>One random change of an image. It keeps no state, so one object serves all threads.</summary>
public interface IAugmentation
{
    /// <summary>The size of the image that comes out.</summary>
    ImageShape Output(ImageShape input);

    /// <summary>Changes an image.</summary>
    /// <param name="source">The image, [channels, height, width], values in [0, 1].</param>
    /// <param name="shape">Its size.</param>
    /// <param name="destination">The result, of size <see cref="Output"/>, values in [0, 1]; all of it is written. It does not overlap the source.</param>
    /// <param name="random">The draws.</param>
    void Apply(ReadOnlySpan<float> source, ImageShape shape, Span<float> destination, IRandomSource random);
}
