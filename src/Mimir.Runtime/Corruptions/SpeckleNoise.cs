namespace Mimir.Runtime.Corruptions;

/// <summary>Adds normal noise in proportion to every value.</summary>
internal sealed class SpeckleNoise : Corruption
{
    private static readonly double[] s_cifar = [0.06, 0.1, 0.12, 0.16, 0.2];
    private static readonly double[] s_tiny = [0.15, 0.2, 0.25, 0.3, 0.35];

    public override string Name => "speckle_noise";

    public override bool IsExtra => true;

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result)
    {
        var deviation = level.Of(s_cifar, s_tiny);
        var noisy = image.Copy();
        foreach (ref var value in noisy.Values)
            value += value * draws.Normal(0, deviation);
        noisy.Truncate(result);
    }
}
