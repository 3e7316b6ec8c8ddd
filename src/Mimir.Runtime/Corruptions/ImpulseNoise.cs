namespace Mimir.Runtime.Corruptions;

/// <summary>Salt and pepper: a share of the values of each channel becomes 0 or 1.</summary>
internal sealed class ImpulseNoise : Corruption
{
    private static readonly double[] s_cifar = [0.01, 0.02, 0.03, 0.05, 0.07];
    private static readonly double[] s_tiny = [0.01, 0.02, 0.05, 0.08, 0.14];

    public override string Name => "impulse_noise";

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result)
    {
        var share = level.Of(s_cifar, s_tiny);
        var noisy = image.Copy();
        foreach (ref var value in noisy.Values)
        {
            if (draws.Uniform(0, 1) < share)
                value = draws.Whole(2);
        }

        noisy.Truncate(result);
    }
}
