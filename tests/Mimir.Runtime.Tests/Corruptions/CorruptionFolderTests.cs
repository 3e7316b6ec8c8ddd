using Mimir.Runtime.Corruptions;
using Mimir.Runtime.Data;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Tests.Corruptions;

[TestFixture]
internal sealed class CorruptionFolderTests
{
    private const int Count = 6;

    private static readonly ImageShape s_shape = new(3, 8, 8);
    private static readonly string[] s_classes = ["a", "b"];
    private static readonly int[] s_labels = [0, 0, 0, 1, 1, 1];

    [Test]
    public void WhatIsWrittenIsReadAgain()
    {
        using var folder = new TemporaryFolder();
        using var generated = new GeneratedCorruptions(Images(), seed: 2);
        var names = new[] { "gaussian_noise", "saturate" };
        foreach (var name in names)
        {
            var corruption = CorruptionCatalog.Parse(name);
            CorruptionFolder.Write(folder.Path, corruption, [.. Enumerable.Range(1, 5).Select(severity => generated.Load(corruption, severity, 1, default))]);
        }

        CorruptionFolder.WriteLabels(folder.Path, s_labels);
        using var read = CorruptionFolder.Open(folder.Path, s_shape, s_classes, limit: null);
        Assert.That(read.Labels.ToArray(), Is.EqualTo(s_labels).AsCollection);
        Assert.That(CorruptionCatalog.All.Where(corruption => read.Obstacle(corruption) is null).Select(corruption => corruption.Name), Is.EqualTo(names).AsCollection);
        var (expected, pixels) = (new byte[s_shape.Values], new byte[s_shape.Values]);
        foreach (var name in names)
        {
            for (var severity = 1; severity <= 5; severity++)
            {
                for (var image = 0; image < Count; image++)
                {
                    generated.Read(CorruptionCatalog.Parse(name), severity, image, expected);
                    read.Read(CorruptionCatalog.Parse(name), severity, image, pixels);
                    Assert.That(pixels, Is.EqualTo(expected).AsCollection, $"{name} {severity}, image {image}");
                }
            }
        }
    }

    [Test]
    public void TheLayoutIsThatOfCifar10C()
    {
        using var folder = new TemporaryFolder();
        // Value = severity and image, so that a wrong row shows; red, green and blue of a pixel lie side by side.
        var pixels = new byte[5 * Count * s_shape.Values];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(8 * (i / s_shape.Values) + i % 3);
        NpyFile.Write(folder.File("fog.npy"), [5 * Count, 8, 8, 3], pixels);
        NpyFile.Write(folder.File("labels.npy"), [Count], Array.ConvertAll(s_labels, label => (byte)label));
        using var read = CorruptionFolder.Open(folder.Path, s_shape, s_classes, limit: 4);
        Assert.That(read.Labels.ToArray(), Is.EqualTo(new[] { 0, 0, 1, 1 }).AsCollection, "balanced over the classes");
        var image = new byte[s_shape.Values];
        read.Read(CorruptionCatalog.Parse("fog"), 3, 2, image);
        var row = 2 * Count + 3;
        Assert.That(image.Chunk(64).Select(plane => plane.Distinct().Single()), Is.EqualTo(new[] { (byte)(8 * row), (byte)(8 * row + 1), (byte)(8 * row + 2) }).AsCollection);
    }

    [Test]
    public void FoldersThatDoNotFitAreRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.That(Open, Throws.InstanceOf<FileNotFoundException>().With.Message.Contain("labels.npy"));
        NpyFile.Write(folder.File("labels.npy"), [Count], Array.ConvertAll(s_labels, label => (long)label));
        Assert.That(Open, Throws.InstanceOf<FileFormatException>().With.Message.Contain("CIFAR-10-C"));
        Write("snow", 5 * Count, 8, 4);
        Assert.That(Open, Throws.InstanceOf<FileFormatException>().With.Message.Contain("snow.npy").And.Message.Contain("[5 x n, 8, 8, 3]"));
        Write("snow", 5 * Count - 1, 8, 3);
        Assert.That(Open, Throws.InstanceOf<FileFormatException>().With.Message.Contain($"{5 * Count - 1} images"));
        Write("snow", 5 * Count, 8, 3);
        Write("fog", 5 * (Count + 1), 8, 3);
        Assert.That(Open, Throws.InstanceOf<FileFormatException>().With.Message.Contain("another file"));
        Write("fog", 5 * Count, 8, 3);
        NpyFile.Write(folder.File("labels.npy"), [Count - 1], new long[Count - 1]);
        Assert.That(Open, Throws.InstanceOf<FileFormatException>().With.Message.Contain($"{Count - 1} labels"));
        NpyFile.Write(folder.File("labels.npy"), [Count], [0L, 0, 0, 1, 1, 2]);
        Assert.That(Open, Throws.InstanceOf<FileFormatException>().With.Message.Contain("label 2"));
        var different = new long[5 * Count];
        different[Count] = 1;
        NpyFile.Write(folder.File("labels.npy"), [5 * Count], different);
        Assert.That(Open, Throws.InstanceOf<FileFormatException>().With.Message.Contain("same images"));

        CorruptionFolder Open() => CorruptionFolder.Open(folder.Path, s_shape, s_classes, limit: null);
        void Write(string name, int rows, int side, int channels) =>
            NpyFile.Write(folder.File($"{name}.npy"), [rows, side, side, channels], new byte[rows * side * side * channels]);
    }

    [Test]
    public void NothingIsOverwrittenAndNothingMixed()
    {
        using var folder = new TemporaryFolder();
        var fog = CorruptionCatalog.Parse("fog");
        Assert.That(() => CorruptionFolder.RequireRoom(folder.File("new"), [fog], s_labels), Throws.Nothing);
        CorruptionFolder.WriteLabels(folder.Path, s_labels);
        Assert.That(() => CorruptionFolder.RequireRoom(folder.Path, [fog], s_labels), Throws.Nothing);
        Assert.That(() => CorruptionFolder.RequireRoom(folder.Path, [fog], [1, 0]), Throws.InstanceOf<IOException>().With.Message.Contain("other images"));
        folder.Write("fog.npy", [1]);
        Assert.That(() => CorruptionFolder.RequireRoom(folder.Path, [fog], s_labels), Throws.InstanceOf<IOException>().With.Message.Contain("fog.npy"));
    }

    private static ImageSet Images()
    {
        var pixels = new byte[Count * s_shape.Values];
        new Random(1).NextBytes(pixels);
        return ImageSet.FromBytes("test", "test", s_shape, pixels, 255, s_labels, s_classes);
    }
}
