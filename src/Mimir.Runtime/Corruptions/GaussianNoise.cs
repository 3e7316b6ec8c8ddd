namespace Mimir.Runtime.Corruptions;

/// <summary>Adds normal noise to every value.</summary>
internal sealed class GaussianNoise : Corruption
{
    private static readonly double[] s_cifar = [0.04, 0.06, 0.08, 0.09, 0.10];
    private static readonly double[] s_tiny = [0.04, 0.08, 0.12, 0.15, 0.18];

    public override string Name => "gaussian_noise";

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result)
    {
        var deviation = level.Of(s_cifar, s_tiny);
        var noisy = image.Copy();
        foreach (ref var value in noisy.Values)
            value += draws.Normal(0, deviation);
        noisy.Truncate(result);
    }
}
