using Mimir.Runtime.Data;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Tests.Data;

[TestFixture]
internal sealed class DataFormatsTests
{
    [Test]
    public void NamesAreFound()
    {
        Assert.That(DataFormats.All.Select(format => format.Name), Is.EqualTo(new[] { "digits", "cifar10", "cifar100", "npy" }).AsCollection);
        foreach (var format in DataFormats.All)
            Assert.That(DataFormats.Parse(format.Name.ToUpperInvariant()), Is.SameAs(format));
        Assert.That(() => DataFormats.Parse("tiff"),
            Throws.TypeOf<FormatException>().With.Message.EqualTo("--format: 'tiff' is no data format; use digits, cifar10, cifar100, npy"));
    }

    [Test]
    public void MissingFolderIsNamedWithWhatWouldDo()
    {
        Assert.That(() => ImageSet.Load("/no/such/folder", DataSplit.Train), Throws.TypeOf<DirectoryNotFoundException>().With.Message
            .EqualTo("--data: /no/such/folder does not exist; give a folder with images.npy and labels.npy (or train_images.npy …), or a CIFAR-100 binary folder"
                + " (train.bin, test.bin), or a CIFAR-10 binary folder (data_batch_1.bin, test_batch.bin), or 'digits'"));
        Assert.That(() => ImageSet.Load("/no/such/folder", DataSplit.Train, CifarFormat.Cifar10), Throws.TypeOf<DirectoryNotFoundException>());
    }

    [Test]
    public void OtherFoldersAndFilesAreNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => ImageSet.Load(folder.Path, DataSplit.Train),
            Throws.TypeOf<FileFormatException>().With.Message.StartsWith($"{folder.Path}: holds no known data; give "));
        var file = folder.Write("data_batch_1", "pickle"u8);
        Assert.That(() => ImageSet.Load(folder.Path, DataSplit.Train),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("it looks like the Python version of CIFAR"));
        Assert.That(() => ImageSet.Load(file, DataSplit.Train), Throws.TypeOf<FileFormatException>().With.Message.Contains("is a file; give the folder"));
        Assert.That(() => ImageSet.Load(folder.Path, DataSplit.Train, DataFormats.Parse("digits")),
            Throws.TypeOf<FormatException>().With.Message.Contains("--format digits"));
    }
}
