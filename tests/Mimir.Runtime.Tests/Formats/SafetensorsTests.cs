using System.Buffers.Binary;
using System.Text;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Tests.Formats;

[TestFixture]
internal sealed class SafetensorsTests
{
    [Test]
    public void RoundTripKeepsEveryBit()
    {
        using var folder = new TemporaryFolder();
        using var device = new HostDevice(1);
        var path = folder.File("a.safetensors");
        var big = Enumerable.Range(0, 600_001).Select(i => i * 0.37f - 1000).ToArray();
        var span = device.Allocate<float>(big.Length);
        span.CopyFrom(big);
        new SafetensorsWriter(new Dictionary<string, string> { ["epoch"] = "7", ["note"] = "ümlaut \"quoted\"" })
            .Add("bytes", [3], new byte[] { 1, 2, 255 })
            .Add("big", [big.Length, 1], span)
            .Add("scalar", [], new[] { float.NaN })
            .Add("none", [0, 5], Array.Empty<float>())
            .Add("doubles", [1, 2], new[] { Math.PI, double.NegativeInfinity })
            .Add("longs", [2], new[] { long.MinValue, long.MaxValue })
            .Add("ints", [2, 1], new[] { int.MinValue, 5 })
            .Add("words", [1], new[] { ulong.MaxValue })
            .Save(path);

        using var file = SafetensorsFile.Open(path);
        Assert.That(file.Metadata["epoch"], Is.EqualTo("7"));
        Assert.That(file.Metadata["note"], Is.EqualTo("ümlaut \"quoted\""));
        Assert.That(file.Tensors.Select(tensor => tensor.Name), Is.EqualTo(new[] { "doubles", "longs", "words", "big", "scalar", "none", "ints", "bytes" }).AsCollection);
        foreach (var tensor in file.Tensors.Where(tensor => tensor.Count > 0))
            Assert.That(tensor.Offset % (tensor.Bytes / tensor.Count), Is.Zero, $"{tensor.Name} is aligned");
        Assert.That(file.Read<float>("big"), Is.EqualTo(big).AsCollection);
        Assert.That(file.Read<float>("scalar"), Is.EqualTo(new[] { float.NaN }).AsCollection);
        Assert.That(file["scalar"].Shape, Is.Empty);
        Assert.That(file["none"].Layout, Is.EqualTo("F32 [0, 5]"));
        Assert.That(file.Read<double>("doubles"), Is.EqualTo(new[] { Math.PI, double.NegativeInfinity }).AsCollection);
        Assert.That(file.Read<long>("longs"), Is.EqualTo(new[] { long.MinValue, long.MaxValue }).AsCollection);
        Assert.That(file.Read<int>("ints"), Is.EqualTo(new[] { int.MinValue, 5 }).AsCollection);
        Assert.That(file.Read<byte>("bytes"), Is.EqualTo(new byte[] { 1, 2, 255 }).AsCollection);
        Assert.That(file.Read<ulong>("words"), Is.EqualTo(new[] { ulong.MaxValue }).AsCollection);

        span.Clear();
        file.Read("big", span);
        Assert.That(span.ToArray(), Is.EqualTo(big).AsCollection);
        Assert.That(file.TryFind("gone", out _), Is.False);
        span.Buffer.Dispose();
    }

    [Test]
    public void NarrowFloatsAreWidened()
    {
        using var folder = new TemporaryFolder();
        var header = """{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]}}""";
        var path = folder.Write("a.safetensors", Assemble(header, [0, 0x3C, 0, 0xC0, 0x80, 0x3F, 0x00, 0xC0]));
        using var file = SafetensorsFile.Open(path);
        Assert.That(file.ReadFloats("h"), Is.EqualTo(new[] { 1f, -2f }).AsCollection);
        Assert.That(file.ReadFloats("b"), Is.EqualTo(new[] { 1f, -2f }).AsCollection);
    }

    [Test]
    public void TruncationAnywhereIsReported()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.safetensors");
        new SafetensorsWriter().Add("x", [10], new float[10]).Save(path);
        var whole = File.ReadAllBytes(path);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole.AsSpan(0, length));
            Assert.That(() => SafetensorsFile.Open(path),
                Throws.TypeOf<FileFormatException>().With.Message.StartsWith(path).And.Message.Contains("truncated"), $"{length} bytes");
        }

        File.WriteAllBytes(path, whole.AsSpan(0, whole.Length - 4));
        Assert.That(() => SafetensorsFile.Open(path),
            Throws.TypeOf<FileFormatException>().With.Message.EqualTo($"{path}: the header asks for 40 bytes of tensor data and the file has 36: it is truncated"));
        File.WriteAllBytes(path, [.. whole, 0]);
        Assert.That(() => SafetensorsFile.Open(path), Throws.TypeOf<FileFormatException>().With.Message.Contains("added to"));
    }

    [TestCase("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "tensor 'x' is F32 [2], 8 bytes, and its data_offsets give 4")]
    [TestCase("""{"x":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}""", 4, "dtype F31")]
    [TestCase("""{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "sizes from 0 on")]
    [TestCase("""{"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "sizes from 0 on")]
    [TestCase("""{"x":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904,16],"data_offsets":[0,4]}}""", 4, "no file can hold")]
    [TestCase("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "starts at byte 4 of the data, expected 0")]
    [TestCase("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "starts at byte 0 of the data, expected 4")]
    [TestCase("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "expected [first, behind the last]")]
    [TestCase("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[9223372036854775803,9223372036854775807]}}""", 4, "tensor 'x'")]
    [TestCase("""{"x":{"dtype":"F32","shape":[1]}}""", 4, "does not have dtype, shape and data_offsets")]
    [TestCase("""{"x":5}""", 0, "does not have dtype, shape and data_offsets")]
    [TestCase("""{"__metadata__":{"a":1}}""", 0, "__metadata__.a")]
    [TestCase("""{"__metadata__":[]}""", 0, "__metadata__ is Array")]
    [TestCase("""{"x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", 0, "not valid JSON")]
    [TestCase("""{"x":""", 0, "not valid JSON")]
    public void DamagedHeaderIsReported(string header, int bytes, string message)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.safetensors", Assemble(header, new byte[bytes]));
        Assert.That(() => SafetensorsFile.Open(path), Throws.TypeOf<FileFormatException>().With.Message.StartsWith(path).And.Message.Contains(message));
    }

    [Test]
    public void ForeignFilesAreReported()
    {
        using var folder = new TemporaryFolder();
        var zip = folder.Write("a.pth", [(byte)'P', (byte)'K', 3, 4, .. new byte[100]]);
        var text = folder.Write("a.txt", "hello, this is no checkpoint at all"u8);
        Assert.That(() => SafetensorsFile.Open(zip), Throws.TypeOf<FileFormatException>().With.Message.Contains("ZIP"));
        Assert.That(() => SafetensorsFile.Open(text), Throws.TypeOf<FileFormatException>().With.Message.Contains("is not a safetensors file"));
        Assert.That(() => SafetensorsFile.Open(folder.Path), Throws.TypeOf<FileFormatException>().With.Message.Contains("is a folder"));
        Assert.That(() => SafetensorsFile.Open(folder.File("gone")), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("does not exist"));
    }

    [Test]
    public void WrongUseOfAGoodFileIsReported()
    {
        using var folder = new TemporaryFolder();
        using var device = new HostDevice(1);
        var path = folder.File("a.safetensors");
        new SafetensorsWriter().Add("x", [2, 3], new float[6]).Save(path);
        using var file = SafetensorsFile.Open(path);
        var small = device.Allocate<float>(5);
        Assert.That(() => file["y"], Throws.TypeOf<FileFormatException>().With.Message.EqualTo($"{path}: has no tensor 'y'"));
        Assert.That(() => file.Read<int>("x"), Throws.TypeOf<FileFormatException>().With.Message.EqualTo($"{path}: tensor 'x' is F32 [2, 3], expected I32"));
        Assert.That(() => file.Read("x", small), Throws.TypeOf<FileFormatException>().With.Message.Contains("6 elements, expected 5"));
        Assert.That(() => file.Require("x", 3, 2), Throws.TypeOf<FileFormatException>().With.Message.EqualTo($"{path}: tensor 'x' is F32 [2, 3], expected [3, 2]"));
        Assert.That(file.Require("x", 2, 3).Count, Is.EqualTo(6));
        Assert.That(() => new SafetensorsWriter().Add("x", [2], new float[3]), Throws.ArgumentException);
        Assert.That(() => new SafetensorsWriter().Add("x", [1], new float[1]).Add("x", [1], new float[1]), Throws.ArgumentException);
        small.Buffer.Dispose();
    }

    [Test]
    public void HeaderIsPaddedToEightBytes()
    {
        using var stream = new MemoryStream();
        new SafetensorsWriter().Add("abc", [1], new float[1]).WriteTo(stream);
        var header = BinaryPrimitives.ReadUInt64LittleEndian(stream.GetBuffer());
        Assert.That(header % 8, Is.Zero);
        Assert.That(stream.Length, Is.EqualTo(8 + (long)header + 4));
    }

    private static byte[] Assemble(string header, byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)json.Length);
        return [.. length, .. json, .. data];
    }
}
