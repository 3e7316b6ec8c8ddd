namespace Mimir.Runtime.Tests;

/// <summary>A folder for one test; gone afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mimir-test-");

    /// <summary>Where it lies.</summary>
    public string Path => _folder.FullName;

    /// <summary>The path of a file in it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file in it and returns its path.</summary>
    public string Write(string name, ReadOnlySpan<byte> content)
    {
        System.IO.File.WriteAllBytes(File(name), content);
        return File(name);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
