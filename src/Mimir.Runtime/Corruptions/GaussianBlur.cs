namespace Mimir.Runtime.Corruptions;

/// <summary>Smooths with a Gaussian; the border is replicated.</summary>
internal sealed class GaussianBlur : Corruption
{
    private static readonly double[] s_cifar = [0.4, 0.6, 0.7, 0.8, 1];
    private static readonly double[] s_tiny = [0.5, 0.75, 1, 1.25, 1.5];

    public override string Name => "gaussian_blur";

    public override bool IsExtra => true;

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result)
    {
        var blurred = image.Copy();
        GaussianFilter.Run(blurred, level.Of(s_cifar, s_tiny) * level.Scale);
        blurred.Truncate(result);
    }
}
