using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Data;

/// <summary>The catalogue of data formats.</summary>
public static class DataFormats
{
    /// <summary>All formats, in the order in which they are tried.</summary>
    public static IReadOnlyList<DataFormat> All { get; } =
    [
        new DigitsFormat(),
        CifarFormat.Cifar10,
        CifarFormat.Cifar100,
        new NpyFormat(),
    ];

    /// <summary>What <c>--data</c> takes, in words.</summary>
    public static string Wanted { get; } = string.Join(", or ", All.Reverse().Select(format => format.Wanted));

    /// <summary>The format of that name.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static DataFormat Parse(string name) =>
        All.FirstOrDefault(format => format.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new FormatException($"--format: '{name}' is no data format; use {string.Join(", ", All.Select(format => format.Name))}");

    /// <summary>The format that a name or folder has.</summary>
    /// <exception cref="DirectoryNotFoundException">It is neither the name of a built-in set nor an existing folder.</exception>
    /// <exception cref="FileFormatException">It is a file, or a folder that holds no known data.</exception>
    public static DataFormat Recognise(string path)
    {
        if (All.FirstOrDefault(format => format.BuiltIn && format.Recognises(path)) is { } builtIn)
            return builtIn;
        RequireFolder(path);
        return All.FirstOrDefault(format => format.Recognises(path))
            ?? throw new FileFormatException(path, $"holds no known data{Hint(path)}; give {Wanted}");
    }

    /// <summary>Requires an existing folder.</summary>
    /// <exception cref="DirectoryNotFoundException">It does not exist.</exception>
    /// <exception cref="FileFormatException">It is a file.</exception>
    internal static void RequireFolder(string path)
    {
        if (File.Exists(path))
            throw new FileFormatException(path, "is a file; give the folder that holds it");
        if (!Directory.Exists(path))
            throw new DirectoryNotFoundException($"--data: {path} does not exist; give {Wanted}");
    }

    private static string Hint(string path) =>
        File.Exists(Path.Combine(path, "data_batch_1")) || File.Exists(Path.Combine(path, "train"))
            ? " (it looks like the Python version of CIFAR; Mimir reads the binary version)"
            : "";
}
