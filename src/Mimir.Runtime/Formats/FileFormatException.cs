namespace Mimir.Runtime.Formats;

/// <summary>A file is not what its format says: foreign, truncated, or with values that cannot be.
/// The message is one line that starts with the path and says what was found and what was expected.</summary>
/// <param name="path">The file.</param>
/// <param name="problem">What is wrong with it, as the rest of a sentence.</param>
public sealed class FileFormatException(string path, string problem) : FormatException($"{path}: {problem}")
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;
}
