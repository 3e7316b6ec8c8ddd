using Mimir.Runtime.Data;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Tests.Data;

[TestFixture]
internal sealed class CifarFormatTests
{
    [Test]
    public void TrainingBatchesThatExistAreReadInOrder()
    {
        using var folder = new TemporaryFolder();
        folder.Write("data_batch_3.bin", Records(1, 2, 300));
        folder.Write("data_batch_1.bin", Records(1, 1, 3));
        folder.Write("test_batch.bin", Records(1, 3, 2));
        var train = ImageSet.Load(folder.Path, DataSplit.Train);
        Assert.That((train.Name, train.Count, train.Shape, train.Classes), Is.EqualTo(("cifar10", 303, new ImageShape(3, 32, 32), 10)));
        Assert.That(train.Source, Is.EqualTo($"{folder.Path} (data_batch_1.bin, data_batch_3.bin)"));
        Assert.That(train.ClassNames[9], Is.EqualTo("truck"));
        var second = Records(1, 2, 300);
        for (var i = 0; i < 300; i++)
        {
            Assert.That(train.Labels[3 + i], Is.EqualTo(second[i * 3073]));
            if (i % 37 == 0)
                Assert.That(train.Image(3 + i), Is.EqualTo(second[(i * 3073 + 1)..((i + 1) * 3073)].Select(pixel => pixel / 255f)).AsCollection);
        }

        Assert.That(ImageSet.Load(folder.Path, DataSplit.Test).Count, Is.EqualTo(2));
        Assert.That(DataFormats.Recognise(folder.Path).TrainingAugmentation(train.Shape).ToString(), Is.EqualTo("random crop (padding 4), horizontal flip"));
    }

    [Test]
    public void FineLabelsOfTheHundredAreRead()
    {
        using var folder = new TemporaryFolder();
        var records = Records(2, 1, 2);
        (records[0], records[1], records[3074], records[3075]) = (19, 99, 3, 42);
        folder.Write("train.bin", records);
        var train = ImageSet.Load(folder.Path, DataSplit.Train);
        Assert.That(train.Labels.ToArray(), Is.EqualTo(new[] { 99, 42 }).AsCollection);
        Assert.That((train.Name, train.Classes), Is.EqualTo(("cifar100", 100)));
        Assert.That(train.Image(1)[0], Is.EqualTo(records[3076] / 255f));
        Assert.That(() => ImageSet.Load(folder.Path, DataSplit.Test), Throws.TypeOf<FileFormatException>().With.Message.EqualTo($"{folder.Path}: has no test.bin"));
    }

    [Test]
    public void TruncationIsReportedWithNumbers()
    {
        using var folder = new TemporaryFolder();
        folder.Write("data_batch_1.bin", Records(1, 1, 2));
        var path = folder.Write("data_batch_2.bin", Records(1, 1, 2).AsSpan(0, 5000));
        Assert.That(() => ImageSet.Load(folder.Path, DataSplit.Train), Throws.TypeOf<FileFormatException>().With.Message
            .EqualTo($"{path}: has 5000 bytes, expected a multiple of 3073 (1 for the label, 3072 pixels): it is truncated in record 1"));
        folder.Write("data_batch_2.bin", []);
        Assert.That(() => ImageSet.Load(folder.Path, DataSplit.Train), Throws.TypeOf<FileFormatException>().With.Message.Contains("is empty"));
        Assert.That(() => ImageSet.Load(folder.Path, DataSplit.Test),
            Throws.TypeOf<FileFormatException>().With.Message.EqualTo($"{folder.Path}: has no test_batch.bin"));
    }

    [Test]
    public void LabelOutOfRangeIsReportedWithItsRecord()
    {
        using var folder = new TemporaryFolder();
        var records = Records(1, 1, 300);
        records[271 * 3073] = 10;
        var path = folder.Write("test_batch.bin", records);
        Assert.That(() => ImageSet.Load(folder.Path, DataSplit.Test),
            Throws.TypeOf<FileFormatException>().With.Message.EqualTo($"{path}: record 271 has label 10, expected 0..9"));
    }

    [Test]
    public void ClassNamesComeFromTheFolder()
    {
        using var folder = new TemporaryFolder();
        folder.Write("test_batch.bin", Records(1, 1, 1));
        folder.Write("batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n"u8);
        Assert.That(ImageSet.Load(folder.Path, DataSplit.Test).ClassNames, Is.EqualTo("abcdefghij".Select(letter => $"{letter}")).AsCollection);
        folder.Write("batches.meta.txt", "a\nb\n"u8);
        Assert.That(() => ImageSet.Load(folder.Path, DataSplit.Test), Throws.TypeOf<FileFormatException>().With.Message.Contains("2 class names, expected 10"));
    }

    private static byte[] Records(int labelBytes, int seed, int count)
    {
        var records = new byte[count * (labelBytes + 3072)];
        new Random(seed).NextBytes(records);
        for (var i = 0; i < count; i++)
            records[i * (labelBytes + 3072) + labelBytes - 1] %= 10;
        return records;
    }
}
