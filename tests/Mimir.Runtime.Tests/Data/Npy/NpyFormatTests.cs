using Mimir.Runtime.Data;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Tests.Data;

[TestFixture]
internal sealed class NpyFormatTests
{
    [Test]
    public void BytesWithChannelsLastAreTurned()
    {
        using var folder = new TemporaryFolder();
        var pixels = new byte[2 * 4 * 5 * 3];
        new Random(1).NextBytes(pixels);
        NpyFile.Write(folder.File("images.npy"), [2, 4, 5, 3], pixels);
        NpyFile.Write(folder.File("labels.npy"), [2], new byte[] { 3, 0 });
        var set = ImageSet.Load(folder.Path, DataSplit.Test);
        Assert.That((set.Name, set.Shape, set.Classes, set.Source), Is.EqualTo(("npy", new ImageShape(3, 4, 5), 4, $"{folder.Path} (images.npy)")));
        var image = set.Image(1);
        for (var channel = 0; channel < 3; channel++)
        {
            for (var position = 0; position < 20; position++)
                Assert.That(image[channel * 20 + position], Is.EqualTo(pixels[60 + position * 3 + channel] / 255f));
        }
    }

    [Test]
    public void SplitsAndFloatsAreRead()
    {
        using var folder = new TemporaryFolder();
        NpyFile.Write(folder.File("train_images.npy"), [2, 1, 2, 2], new[] { 0, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 1 });
        NpyFile.Write(folder.File("train_labels.npy"), [2], new[] { 0L, 1L });
        NpyFile.Write(folder.File("test_images.npy"), [1, 2, 2], new[] { 0.25, 0.5, 0.75, 1.0 });
        NpyFile.Write(folder.File("test_labels.npy"), [1], new[] { 4 });
        var train = ImageSet.Load(folder.Path, DataSplit.Train);
        var test = ImageSet.Load(folder.Path, DataSplit.Test);
        Assert.That((train.Count, train.Classes, test.Count, test.Classes), Is.EqualTo((2, 5, 1, 5)));
        Assert.That(train.Image(1), Is.EqualTo(new[] { 0.4f, 0.5f, 0.6f, 1 }).AsCollection);
        Assert.That(test.Image(0), Is.EqualTo(new[] { 0.25f, 0.5f, 0.75f, 1 }).AsCollection);
        File.Delete(folder.File("test_labels.npy"));
        Assert.That(() => ImageSet.Load(folder.Path, DataSplit.Test), Throws.TypeOf<FileFormatException>().With.Message.EqualTo($"{folder.Path}: has no test_labels.npy"));
    }

    [TestCase(float.NaN, "NaN")]
    [TestCase(1.5f, "1.5")]
    [TestCase(-0.25f, "-0.25")]
    [TestCase(float.PositiveInfinity, "Infinity")]
    public void ValueOutOfRangeIsReportedWithItsPlace(float value, string text)
    {
        using var folder = new TemporaryFolder();
        var pixels = new float[2 * 3 * 4 * 5];
        pixels[60 + 2 * 20 + 3 * 5 + 4] = value;
        NpyFile.Write(folder.File("images.npy"), [2, 3, 4, 5], pixels);
        NpyFile.Write(folder.File("labels.npy"), [2], new[] { 0, 1 });
        Assert.That(() => ImageSet.Load(folder.Path, DataSplit.Train), Throws.TypeOf<FileFormatException>().With.Message
            .EqualTo($"{folder.File("images.npy")}: image 1 has the value {text} at channel 2, row 3, column 4, expected a number in [0, 1]"));
    }

    [Test]
    public void ArraysThatDoNotFitAreReported()
    {
        using var folder = new TemporaryFolder();
        var images = folder.File("images.npy");
        var labels = folder.File("labels.npy");
        NpyFile.Write(images, [2, 1, 1, 1], new byte[2]);
        NpyFile.Write(labels, [3], new int[3]);
        Reports($"{images}: holds 2 images and labels.npy 3 labels");
        NpyFile.Write(labels, [2], new[] { 0, -1 });
        Reports($"{labels}: label 1 is -1, expected 0..65535");
        NpyFile.Write(labels, [2], new float[2]);
        Reports($"{labels}: holds <f4, expected integers (i4, i8 or u1)");
        NpyFile.Write(labels, [2, 1], new int[2]);
        Reports($"{labels}: has the shape [2, 1], expected one label an image, [N]");
        NpyFile.Write(labels, [2], new int[2]);
        NpyFile.Write(images, [2, 1], new byte[2]);
        Reports($"{images}: has the shape [2, 1], expected images [N,C,H,W], [N,H,W,C] or [N,H,W]");
        NpyFile.Write(images, [2, 1, 1], new int[2]);
        Reports($"{images}: holds elements of type I32, expected pixels as u1 in 0..255 or f4/f8 in [0, 1]");

        void Reports(string message) =>
            Assert.That(() => ImageSet.Load(folder.Path, DataSplit.Train), Throws.TypeOf<FileFormatException>().With.Message.EqualTo(message));
    }
}
