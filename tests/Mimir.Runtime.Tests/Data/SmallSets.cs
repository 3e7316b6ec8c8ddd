using Mimir.Runtime.Data;

namespace Mimir.Runtime.Tests.Data;

/// <summary>Seeded image sets for tests.</summary>
internal static class SmallSets
{
    /// <summary>Images of random bytes with random labels.</summary>
    public static ImageSet Bytes(int count, ImageShape shape, int classes = 10, int seed = 1)
    {
        var random = new Random(seed);
        var pixels = new byte[count * shape.Values];
        random.NextBytes(pixels);
        var labels = Enumerable.Range(0, count).Select(_ => random.Next(classes)).ToArray();
        return ImageSet.FromBytes("test", "test", shape, pixels, 255, labels, Names(classes));
    }

    /// <summary>Class names 0, 1, ….</summary>
    public static string[] Names(int classes) => [.. Enumerable.Range(0, classes).Select(label => $"{label}")];

    /// <summary>One image of a set.</summary>
    public static float[] Image(this ImageSet set, int index)
    {
        var image = new float[set.Shape.Values];
        set.CopyImage(index, image);
        return image;
    }
}
