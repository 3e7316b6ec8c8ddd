using System.Text;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Tests.Formats;

[TestFixture]
internal sealed class NpyFileTests
{
    [Test]
    public void RoundTripOfEveryType()
    {
        using var folder = new TemporaryFolder();
        RoundTrip<float>(folder, [2, 3], [1, -2, float.NaN, 0, 5, 6]);
        RoundTrip<double>(folder, [2], [Math.E, double.MaxValue]);
        RoundTrip<int>(folder, [1, 1, 2], [int.MinValue, 7]);
        RoundTrip<long>(folder, [], [long.MaxValue]);
        RoundTrip<byte>(folder, [4], [0, 1, 254, 255]);
        RoundTrip<Half>(folder, [2], [(Half)0.5, Half.NegativeInfinity]);
        RoundTrip<short>(folder, [2], [short.MinValue, 7]);
        RoundTrip<sbyte>(folder, [2], [-1, 127]);
        RoundTrip<ulong>(folder, [1], [ulong.MaxValue]);
        RoundTrip<uint>(folder, [1], [uint.MaxValue]);
        RoundTrip<ushort>(folder, [1], [ushort.MaxValue]);
        RoundTrip<bool>(folder, [2], [true, false]);
        RoundTrip<float>(folder, [0, 7], []);
    }

    [Test]
    public void BytesRoundTripAndBFloat16ReadsAsBits()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.npy");
        byte[] bytes = [0x80, 0x3F, 0x00, 0xC0];
        NpyFile.Write(path, TensorType.BF16, [2], bytes);
        using var file = NpyFile.Open(path);
        Assert.That(file.Type, Is.EqualTo(TensorType.U16));
        Assert.That(file.ReadBytes(), Is.EqualTo(bytes).AsCollection);
        Assert.That(() => NpyFile.Write(path, TensorType.F32, [2], bytes), Throws.ArgumentException);
    }

    [Test]
    public void PartsAreRead()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.npy");
        NpyFile.Write(path, [700_000], Enumerable.Range(0, 700_000).ToArray());
        using var file = NpyFile.Open(path);
        var part = new int[3];
        file.Read(699_997, part.AsSpan());
        Assert.That(part, Is.EqualTo(new[] { 699_997, 699_998, 699_999 }).AsCollection);
        Assert.That(file.ReadIntegers()[500_000], Is.EqualTo(500_000L));
        Assert.That(() => file.Read(699_998, new int[3].AsSpan()), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => file.Read<float>(), Throws.TypeOf<FileFormatException>().With.Message.EqualTo($"{path}: holds <i4, expected <f4"));
    }

    [Test]
    public void VersionTwoIsRead()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.npy", Assemble(2, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n", [0, 0, 0x80, 0x3F]));
        using var file = NpyFile.Open(path);
        Assert.That(file.Read<float>(), Is.EqualTo(new[] { 1f }).AsCollection);
    }

    [Test]
    public void TruncationAnywhereIsReported()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.npy");
        NpyFile.Write(path, [3, 2], new float[6]);
        var whole = File.ReadAllBytes(path);
        Assert.That(whole.Length, Is.EqualTo(128 + 24));
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole.AsSpan(0, length));
            Assert.That(() => NpyFile.Open(path),
                Throws.TypeOf<FileFormatException>().With.Message.StartsWith(path).And.Message.Contains("truncated"), $"{length} bytes");
        }
    }

    [TestCase("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "holds '>f4', expected")]
    [TestCase("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", "Fortran order")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "expected integers")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807), }", "no file can hold")]
    [TestCase("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "does not give descr")]
    [TestCase("nonsense", "does not give descr")]
    public void OtherKindsAreReported(string header, string message)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.npy", Assemble(1, header, new byte[4]));
        Assert.That(() => NpyFile.Open(path), Throws.TypeOf<FileFormatException>().With.Message.StartsWith(path).And.Message.Contains(message));
    }

    [Test]
    public void ForeignFileIsReported()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.npy", "this is a text, not an array"u8);
        Assert.That(() => NpyFile.Open(path), Throws.TypeOf<FileFormatException>().With.Message.EqualTo($"{path}: is not a .npy file of version 1 or 2"));
    }

    private static void RoundTrip<T>(TemporaryFolder folder, long[] shape, T[] values) where T : unmanaged
    {
        var path = folder.File($"{typeof(T).Name}.npy");
        NpyFile.Write(path, shape, values);
        using var file = NpyFile.Open(path);
        Assert.That(file.Shape, Is.EqualTo(shape).AsCollection);
        Assert.That(file.Read<T>(), Is.EqualTo(values).AsCollection);
    }

    private static byte[] Assemble(byte version, string header, byte[] data)
    {
        var text = Encoding.ASCII.GetBytes(header);
        byte[] length = version == 1 ? BitConverter.GetBytes((ushort)text.Length) : BitConverter.GetBytes((uint)text.Length);
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. text, .. data];
    }
}
