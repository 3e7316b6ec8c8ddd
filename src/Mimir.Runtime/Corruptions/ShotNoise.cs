namespace Mimir.Runtime.Corruptions;

/// <summary>Counts photons: every value becomes a Poisson number of that many events in the mean, of which white has a few hundred.</summary>
internal sealed class ShotNoise : Corruption
{
    private static readonly double[] s_cifar = [500, 250, 100, 75, 50];
    private static readonly double[] s_tiny = [250, 100, 50, 30, 15];

    public override string Name => "shot_noise";

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result)
    {
        var photons = level.Of(s_cifar, s_tiny);
        var noisy = image.Copy();
        foreach (ref var value in noisy.Values)
            value = draws.Poisson(value * photons) / photons;
        noisy.Truncate(result);
    }
}
