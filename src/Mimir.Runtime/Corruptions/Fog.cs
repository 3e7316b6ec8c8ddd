using System.Numerics;

namespace Mimir.Runtime.Corruptions;

/// <summary>Adds a random cloud and brings the brightest value back to where it was.</summary>
internal sealed class Fog : Corruption
{
    private static readonly (double Thickness, double Decay)[] s_cifar = [(0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75)];
    private static readonly (double Thickness, double Decay)[] s_tiny = [(0.4, 3), (0.7, 3), (1, 2.5), (1.5, 2), (2, 1.75)];

    public override string Name => "fog";

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result) =>
        Spread(image, level, () => draws.Uniform(-1, 1), result);

    /// <summary>As <see cref="Apply"/>, with given draws.</summary>
    /// <param name="image">The natural image.</param>
    /// <param name="level">How much.</param>
    /// <param name="draw">Numbers uniform in [−1, 1).</param>
    /// <param name="result">[channels, side, side], overwritten.</param>
    internal static void Spread(PixelGrid image, CorruptionLevel level, Func<double> draw, Span<byte> result)
    {
        var (thickness, decay) = level.Of(s_cifar, s_tiny);
        var side = (int)BitOperations.RoundUpToPowerOf2((uint)image.Side);
        var cloud = PlasmaFractal.Make(side, decay, draw);
        var foggy = image.Copy();
        var most = 0.0;
        foreach (var value in image.Values)
            most = Math.Max(most, value);
        for (var i = 0; i < foggy.Values.Length; i++)
        {
            var pixel = i % (image.Side * image.Side);
            ref var value = ref foggy.Values[i];
            value = (value + thickness * cloud[pixel / image.Side * side + pixel % image.Side]) * most / (most + thickness);
        }

        foggy.Truncate(result);
    }
}
