using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Tests.Formats;

[TestFixture]
internal sealed class PngFileTests
{
    [TestCase(1, 1)]
    [TestCase(7, 5)]
    [TestCase(64, 33)]
    public void WhatIsWrittenIsReadAgain(int width, int height)
    {
        using var folder = new TemporaryFolder();
        var pixels = Pixels(width, height);
        PngFile.Write(folder.File("a.png"), width, height, pixels);
        var (readWidth, readHeight, read) = Decode(File.ReadAllBytes(folder.File("a.png")));
        Assert.That((readWidth, readHeight), Is.EqualTo((width, height)));
        Assert.That(read, Is.EqualTo(pixels).AsCollection);
    }

    [Test]
    public void SizesThatDoNotFitAreRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => PngFile.Write(folder.File("a.png"), 2, 2, new byte[11]), Throws.ArgumentException);
        Assert.That(() => PngFile.Write(folder.File("a.png"), 0, 2, []), Throws.ArgumentException);
        Assert.That(File.Exists(folder.File("a.png")), Is.False);
    }

    /// <summary>Gradients, noise and flat parts, so that every filter is the best somewhere.</summary>
    private static byte[] Pixels(int width, int height)
    {
        var random = new Random(3);
        var pixels = new byte[3 * width * height];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = (i / 3 % width, i / 3 / width);
            pixels[i] = (byte)((y / 5 % 5) switch { 0 => 200, 1 => 9 * x, 2 => 9 * y + 40 * (x % 3), 3 => 5 * x + 7 * y, _ => random.Next(256) });
        }

        return pixels;
    }

    /// <summary>A plain decoder after the specification: it knows nothing of the writer.</summary>
    private static (int Width, int Height, byte[] Pixels) Decode(byte[] file)
    {
        Assert.That(file.AsSpan(0, 8).ToArray(), Is.EqualTo(new byte[] { 137, 80, 78, 71, 13, 10, 26, 10 }).AsCollection);
        var (width, height) = (0, 0);
        var packed = new MemoryStream();
        for (var at = 8; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            var type = Encoding.ASCII.GetString(file, at + 4, 4);
            var data = file.AsSpan(at + 8, length);
            Assert.That(BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + length)), Is.EqualTo(Crc(file.AsSpan(at + 4, 4 + length))), type);
            if (type == "IHDR")
            {
                (width, height) = (BinaryPrimitives.ReadInt32BigEndian(data), BinaryPrimitives.ReadInt32BigEndian(data[4..]));
                Assert.That(data[8..].ToArray(), Is.EqualTo(new byte[] { 8, 2, 0, 0, 0 }).AsCollection);
            }
            else if (type == "IDAT")
            {
                packed.Write(data);
            }

            at += 12 + length;
        }

        packed.Position = 0;
        using var zlib = new ZLibStream(packed, CompressionMode.Decompress);
        var plain = new MemoryStream();
        zlib.CopyTo(plain);
        return (width, height, Unfilter(plain.ToArray(), width, height));
    }

    private static byte[] Unfilter(byte[] lines, int width, int height)
    {
        var stride = 3 * width;
        var pixels = new byte[stride * height];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < stride; x++)
            {
                int left = x < 3 ? 0 : pixels[y * stride + x - 3];
                int up = y == 0 ? 0 : pixels[(y - 1) * stride + x];
                int corner = x < 3 || y == 0 ? 0 : pixels[(y - 1) * stride + x - 3];
                var p = left + up - corner;
                var paeth = Math.Abs(p - left) <= Math.Abs(p - up) && Math.Abs(p - left) <= Math.Abs(p - corner) ? left
                    : Math.Abs(p - up) <= Math.Abs(p - corner) ? up : corner;
                var filter = lines[y * (stride + 1)];
                pixels[y * stride + x] = (byte)(lines[y * (stride + 1) + 1 + x] + filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, 4 => paeth, _ => throw new InvalidDataException() });
            }
        }

        return pixels;
    }

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }
}
