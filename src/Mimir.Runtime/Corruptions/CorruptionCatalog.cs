namespace Mimir.Runtime.Corruptions;

/// <summary>All corruptions, in the order of CIFAR-10-C: the fifteen of the mean, then the four that are held out. A corruption's place
/// decides its random numbers, so new ones go to the end.</summary>
public static class CorruptionCatalog
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Corruption> All { get; } =
    [
        new GaussianNoise(), new ShotNoise(), new ImpulseNoise(),
        new DefocusBlur(), new GlassBlur(), new MotionBlur(), new ZoomBlur(),
        new Snow(), new Frost(), new Fog(),
        new Brightness(), new Contrast(), new ElasticTransform(), new Pixelate(), new JpegCompression(),
        new SpeckleNoise(), new GaussianBlur(), new Spatter(), new Saturate(),
    ];

    /// <summary>The corruption of that name.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static Corruption Parse(string name) =>
        All.FirstOrDefault(corruption => corruption.Name == name)
        ?? throw new FormatException($"'{name}' is no corruption; use {string.Join(", ", All.Select(corruption => corruption.Name))}");

    /// <summary>Where a corruption stands in <see cref="All"/>.</summary>
    internal static int PlaceOf(Corruption corruption)
    {
        for (var i = 0; i < All.Count; i++)
        {
            if (All[i] == corruption)
                return i;
        }

        throw new ArgumentException($"{corruption} is not in the catalogue", nameof(corruption));
    }
}
