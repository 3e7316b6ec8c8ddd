using System.Text;

namespace Mimir.Kernels.Devices;

/// <summary>The PTX files of <c>kernels/</c>, which are embedded in this assembly.</summary>
internal static class PtxFiles
{
    private const string Ending = ".ptx";

    /// <summary>Their names, without the ending.</summary>
    public static IEnumerable<string> Names =>
        typeof(PtxFiles).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(Ending, StringComparison.Ordinal)).Select(name => name[..^Ending.Length]);

    /// <summary>A file's bytes with a zero byte behind them, as drivers take it.</summary>
    /// <exception cref="DeviceException">There is no such file.</exception>
    public static byte[] Image(string name)
    {
        using var stream = typeof(PtxFiles).Assembly.GetManifestResourceStream(name + Ending)
            ?? throw new DeviceException($"{name}{Ending} is not among the kernels of this program");
        var image = new byte[stream.Length + 1];
        stream.ReadExactly(image.AsSpan(0, image.Length - 1));
        return image;
    }

    /// <summary>A file's text.</summary>
    /// <exception cref="DeviceException">There is no such file.</exception>
    public static string Text(string name) => Encoding.UTF8.GetString(Image(name).AsSpan()[..^1]);
}
