using System.Text;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Tests.Formats;

[TestFixture]
internal sealed class AtomicFileTests
{
    [Test]
    public void WritesAndReplacesAndLeavesNothingElse()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.json");
        AtomicFile.Write(path, stream => stream.Write("one"u8));
        AtomicFile.Write(path, stream => stream.Write("two, longer"u8));
        Assert.That(File.ReadAllText(path), Is.EqualTo("two, longer"));
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
    }

    [Test]
    public void FailureKeepsTheOldFileAndRemovesTheTemporary()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.json", "old"u8);
        var failure = Assert.Throws<IOException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[3 << 20]);
            throw new IOException("No space left on device", 28);
        }));
        Assert.That(failure!.Message, Does.StartWith(path).And.Contains("no space is left"));
        Assert.That(File.ReadAllText(path), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
    }

    [Test]
    public void OtherFailuresComeOutUnchanged()
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => AtomicFile.Write(folder.File("a"), _ => throw new InvalidOperationException("mine")),
            Throws.InvalidOperationException.With.Message.EqualTo("mine"));
        Assert.That(Directory.GetFiles(folder.Path), Is.Empty);
    }

    [Test]
    public void MissingFolderIsNamed()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "none", "a.json");
        Assert.That(() => AtomicFile.Write(path, _ => { }),
            Throws.InstanceOf<IOException>().With.Message.Contains(path).And.Message.Contains("does not exist"));
    }

    [Test]
    public void FolderInPlaceOfTheFileIsNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => AtomicFile.Write(folder.Path, _ => { }), Throws.InstanceOf<IOException>().With.Message.Contains("it is a folder"));
    }

    [Test]
    public void LinkIsFollowed()
    {
        using var folder = new TemporaryFolder();
        var target = folder.Write("target", "old"u8);
        File.CreateSymbolicLink(folder.File("link"), target);
        AtomicFile.Write(folder.File("link"), stream => stream.Write(Encoding.ASCII.GetBytes("new")));
        Assert.That(File.ReadAllText(target), Is.EqualTo("new"));
        Assert.That(new FileInfo(folder.File("link")).LinkTarget, Is.EqualTo(target));
    }
}
