using System.Globalization;

namespace Mimir.Runtime.Benchmarks;

/// <summary>Bytes of a core's second-level cache and of the last-level cache behind it.</summary>
internal readonly record struct CacheSizes(long Second, long Last)
{
    private const string Folder = "/sys/devices/system/cpu/cpu0/cache";

    // Where the system does not tell: small enough for the cores of the last ten years.
    private static readonly CacheSizes s_otherwise = new(512 << 10, 8 << 20);

    /// <summary>Those of this machine.</summary>
    public static CacheSizes Here()
    {
        var sizes = s_otherwise;
        if (!Directory.Exists(Folder))
            return sizes;
        foreach (var cache in Directory.EnumerateDirectories(Folder, "index*"))
        {
            if (Read(cache, "type") is "Instruction" || !TryParse(Read(cache, "size"), out var bytes))
                continue;
            sizes = Read(cache, "level") switch
            {
                "2" => sizes with { Second = bytes },
                "3" => sizes with { Last = bytes },
                _ => sizes,
            };
        }

        return sizes;
    }

    private static string Read(string cache, string name)
    {
        var file = Path.Combine(cache, name);
        return File.Exists(file) ? File.ReadAllText(file).Trim() : "";
    }

    // Such as 1024K or 32M.
    private static bool TryParse(string text, out long bytes)
    {
        var shift = text.EndsWith('K') ? 10 : text.EndsWith('M') ? 20 : 0;
        var known = long.TryParse(text.TrimEnd('K', 'M'), NumberStyles.None, CultureInfo.InvariantCulture, out bytes);
        bytes <<= shift;
        return known && bytes > 0;
    }
}
