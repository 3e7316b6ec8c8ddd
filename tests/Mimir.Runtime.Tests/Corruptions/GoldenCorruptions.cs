using Mimir.Runtime.Corruptions;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Tests.Corruptions;

/// <summary>What SciPy, scikit-image, OpenCV, Pillow and ImageMagick make of a picture (tests/golden/make_corruptions.py).</summary>
internal sealed class GoldenCorruptions : IDisposable
{
    public const int Side = 32;
    public const int Channels = 3;

    private readonly SafetensorsFile _file = SafetensorsFile.Open(Path.Combine(GoldenCases.Folder, "..", "corruptions", "corruptions.safetensors"));

    /// <summary>The natural picture.</summary>
    public PixelGrid Image => PixelGrid.Of(Planes(_file.Read<byte>("image"), Side), Channels, Side);

    /// <summary>The level of a severity.</summary>
    public static CorruptionLevel Level(int severity) => new(severity, Side);

    /// <summary>A whole tensor.</summary>
    public T[] Read<T>(string name) where T : unmanaged => _file.Read<T>(name);

    /// <summary>The part of a tensor that belongs to a severity.</summary>
    public T[] Read<T>(string name, int severity) where T : unmanaged
    {
        var all = _file.Read<T>(name);
        var one = all.Length / Corruption.Severities;
        return all.AsSpan((severity - 1) * one, one).ToArray();
    }

    /// <summary>The corrupted picture, [channels, side, side].</summary>
    public byte[] Expected(string name, int severity) => Planes(Read<byte>(name, severity), Side);

    /// <summary>[height, width, 3] to [3, height, width].</summary>
    public static byte[] Planes(byte[] pixels, int side)
    {
        var planes = new byte[pixels.Length];
        for (var i = 0; i < pixels.Length; i++)
            planes[i % Channels * side * side + i / Channels] = pixels[i];
        return planes;
    }

    public void Dispose() => _file.Dispose();
}
