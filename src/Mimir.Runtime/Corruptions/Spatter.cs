namespace Mimir.Runtime.Corruptions;

/// <summary>Drops on the lens: water in the first three severities, mud in the last two.</summary>
internal sealed class Spatter : Corruption
{
    private const int EdgesFrom = 50;
    private const int EdgesAbove = 150;
    private const float Farthest = 20;
    private const double LeastMud = 0.8;

    private static readonly double[] s_water = [175 / 255.0, 238 / 255.0, 238 / 255.0];
    private static readonly double[] s_mud = [63 / 255.0, 42 / 255.0, 20 / 255.0];
    private static readonly int[] s_relief = [-2, -1, 0, -1, 1, 1, 0, 1, 2];

    private static readonly SpatterConstants[] s_cifar =
    [
        new(0.62, 0.1, 0.7, 0.7, 0.5, IsMud: false),
        new(0.65, 0.1, 0.8, 0.7, 0.5, IsMud: false),
        new(0.65, 0.3, 1, 0.69, 0.5, IsMud: false),
        new(0.65, 0.1, 0.7, 0.69, 0.6, IsMud: true),
        new(0.65, 0.1, 0.5, 0.68, 0.6, IsMud: true),
    ];

    private static readonly SpatterConstants[] s_tiny =
    [
        s_cifar[0] with { Strength = 0.6 },
        s_cifar[1] with { Strength = 0.6 },
        s_cifar[2] with { Strength = 0.6 },
        s_cifar[3] with { Threshold = 0.68 },
        s_cifar[4] with { Threshold = 0.67 },
    ];

    public override string Name => "spatter";

    public override bool IsExtra => true;

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result)
    {
        var constants = level.Of(s_cifar, s_tiny);
        var noise = new double[image.Side * image.Side];
        foreach (ref var value in noise.AsSpan())
            value = draws.Normal(constants.Mean, constants.Deviation);
        Splash(image, level, noise, result);
    }

    /// <summary>As <see cref="Apply"/>, with given draws.</summary>
    /// <param name="image">The natural image.</param>
    /// <param name="level">How much.</param>
    /// <param name="noise">[side, side] normal numbers of the level's mean and deviation; overwritten.</param>
    /// <param name="result">[channels, side, side], overwritten.</param>
    internal static void Splash(PixelGrid image, CorruptionLevel level, double[] noise, Span<byte> result)
    {
        var constants = level.Of(s_cifar, s_tiny);
        GaussianFilter.Run(noise, image.Side, constants.Sigma, EdgeRule.Nearest, GaussianFilter.UsualReach);
        foreach (ref var value in noise.AsSpan())
            value = value < constants.Threshold ? 0 : value;
        var spattered = new PixelGrid(image.Channels, image.Side);
        var drops = constants.IsMud ? Mud(constants, noise, image.Side) : Water(constants, noise, image.Side);
        for (var channel = 0; channel < image.Channels; channel++)
        {
            var colour = Colour(constants.IsMud ? s_mud : s_water, channel, image.Channels);
            var from = image.Plane(channel);
            var to = spattered.Plane(channel);
            for (var i = 0; i < to.Length; i++)
            {
                var under = (float)from[i];
                to[i] = constants.IsMud ? under * (1 - drops[i]) + colour * drops[i] : under + drops[i] * colour;
            }
        }

        spattered.TruncateSingle(result);
    }

    /// <summary>Brightness of the drops' rims, as light from the upper left shows them.</summary>
    private static float[] Water(SpatterConstants constants, double[] layer, int side)
    {
        var liquid = Array.ConvertAll(layer, value => (byte)(value * 255));
        var distances = ChamferDistance.Measure(CannyEdges.Find(liquid, side, EdgesFrom, EdgesAbove), side);
        foreach (ref var distance in distances.AsSpan())
            distance = Math.Min(distance, Farthest);
        var depth = Array.ConvertAll(ByteFilters.Mean(distances, side), value => (byte)value);
        ByteFilters.Equalise(depth);
        depth = ByteFilters.Mean(ByteFilters.Correlate(depth, side, s_relief), side);

        var light = new float[layer.Length];
        var most = 0f;
        for (var i = 0; i < light.Length; i++)
            most = Math.Max(most, light[i] = (float)liquid[i] * depth[i]);
        if (most == 0)
            return light; // no drop: the reference divides 0 by 0 and gives a black image
        foreach (ref var value in light.AsSpan())
            value = value / most * (float)constants.Strength;
        return light;
    }

    /// <summary>How much of each pixel is covered.</summary>
    private static float[] Mud(SpatterConstants constants, double[] layer, int side)
    {
        var cover = Array.ConvertAll(layer, value => value > constants.Threshold ? 1.0 : 0.0);
        GaussianFilter.Run(cover, side, constants.Strength, EdgeRule.Nearest, GaussianFilter.UsualReach);
        return Array.ConvertAll(cover, value => value < LeastMud ? 0f : (float)value);
    }

    private static float Colour(double[] colour, int channel, int channels) =>
        (float)(channels == 1 ? 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] : colour[channel]);

    /// <summary>Constants of one severity.</summary>
    /// <param name="Mean">Of the noise.</param>
    /// <param name="Deviation">Of the noise.</param>
    /// <param name="Sigma">Of its smoothing.</param>
    /// <param name="Threshold">What is below is dry.</param>
    /// <param name="Strength">Of water: its brightest rim. Of mud: the σ that smooths its border.</param>
    /// <param name="IsMud">Mud, not water.</param>
    private sealed record SpatterConstants(double Mean, double Deviation, double Sigma, double Threshold, double Strength, bool IsMud);
}
