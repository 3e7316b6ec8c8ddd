using System.Buffers.Binary;
using System.IO.Compression;

namespace Mimir.Runtime.Formats;

/// <summary>Writes PNG files of 8-bit red, green and blue. Source: PNG specification, W3C, third edition.</summary>
public static class PngFile
{
    private const int Channels = 3;
    private const byte EightBits = 8;
    private const byte TrueColour = 2;

    private static readonly uint[] s_crcTable = MakeCrcTable();

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Writes a picture in one piece (<see cref="AtomicFile"/>).</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="pixels">[height, width, 3].</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, int width, int height, byte[] pixels)
    {
        if (width < 1 || height < 1 || pixels.LongLength != (long)width * height * Channels)
            throw new ArgumentException($"{pixels.Length} bytes are no picture of {width}x{height} pixels", nameof(pixels));
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (EightBits, TrueColour);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(Signature);
            WriteChunk(stream, "IHDR"u8, header);
            WriteChunk(stream, "IDAT"u8, Compress(width, height, pixels));
            WriteChunk(stream, "IEND"u8, []);
        });
    }

    private static byte[] Compress(int width, int height, byte[] pixels)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            var stride = width * Channels;
            var filters = Enum.GetValues<Filter>();
            var lines = Array.ConvertAll(filters, _ => new byte[stride]);
            for (var row = 0; row < height; row++)
            {
                var line = pixels.AsSpan(row * stride, stride);
                var above = row == 0 ? default : pixels.AsSpan((row - 1) * stride, stride);
                var best = 0;
                for (var i = 0; i < filters.Length; i++)
                {
                    Apply(filters[i], line, above, lines[i]);
                    if (Cost(lines[i]) < Cost(lines[best]))
                        best = i;
                }

                zlib.WriteByte((byte)filters[best]);
                zlib.Write(lines[best]);
            }
        }

        return packed.ToArray();
    }

    private static void Apply(Filter filter, ReadOnlySpan<byte> line, ReadOnlySpan<byte> above, Span<byte> result)
    {
        for (var i = 0; i < line.Length; i++)
        {
            int left = i < Channels ? 0 : line[i - Channels];
            int up = above.IsEmpty ? 0 : above[i];
            int corner = i < Channels || above.IsEmpty ? 0 : above[i - Channels];
            var prediction = filter switch
            {
                Filter.Left => left,
                Filter.Up => up,
                Filter.Mean => (left + up) / 2,
                Filter.Paeth => Nearest(left, up, corner),
                _ => 0,
            };
            result[i] = (byte)(line[i] - prediction);
        }
    }

    /// <summary>Paeth's predictor: of the three neighbours that which is nearest to left + up − corner.</summary>
    private static int Nearest(int left, int up, int corner)
    {
        var estimate = left + up - corner;
        var (toLeft, toUp, toCorner) = (Math.Abs(estimate - left), Math.Abs(estimate - up), Math.Abs(estimate - corner));
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }

    /// <summary>The usual guess at how well a filtered line packs: the sum of its differences as signed numbers.</summary>
    private static int Cost(ReadOnlySpan<byte> line)
    {
        var sum = 0;
        foreach (var value in line)
            sum += Math.Abs((int)(sbyte)value);
        return sum;
    }

    private static void WriteChunk(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        stream.Write(number);
        stream.Write(type);
        stream.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(data, Crc(type, uint.MaxValue)));
        stream.Write(number);
    }

    private static uint Crc(ReadOnlySpan<byte> data, uint crc)
    {
        foreach (var value in data)
            crc = s_crcTable[(byte)(crc ^ value)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        const uint polynomial = 0xEDB88320;
        var table = new uint[byte.MaxValue + 1];
        for (var i = 0u; i < table.Length; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ polynomial;
            table[i] = crc;
        }

        return table;
    }

    private enum Filter
    {
        None,
        Left,
        Up,
        Mean,
        Paeth,
    }
}
