using Microsoft.Win32.SafeHandles;

namespace Mimir.Runtime.Formats;

/// <summary>Opening and reading of files, with messages that name the file.</summary>
internal static class InputFile
{
    /// <summary>Opens a file for reading at given offsets.</summary>
    /// <exception cref="FileNotFoundException">It does not exist.</exception>
    /// <exception cref="FileFormatException">It is a folder.</exception>
    /// <exception cref="IOException">It may not be read.</exception>
    public static SafeFileHandle Open(string path) => Existing(path, () => File.OpenHandle(path, options: FileOptions.SequentialScan));

    /// <summary>Reads a whole text.</summary>
    /// <inheritdoc cref="Open" path="/exception"/>
    public static string ReadText(string path) => Existing(path, () => File.ReadAllText(path));

    /// <summary>Fills <paramref name="destination"/> from byte <paramref name="offset"/> on.</summary>
    /// <exception cref="FileFormatException">The file ends before.</exception>
    public static void ReadExactly(SafeFileHandle handle, string path, long offset, Span<byte> destination)
    {
        for (var done = 0; done < destination.Length;)
        {
            var read = RandomAccess.Read(handle, destination[done..], offset + done);
            if (read == 0)
                throw new FileFormatException(path, $"ends at byte {offset + done}, expected {offset + destination.Length}: it is truncated");
            done += read;
        }
    }

    private static T Existing<T>(string path, Func<T> read)
    {
        if (Directory.Exists(path))
            throw new FileFormatException(path, "is a folder, expected a file");
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path} does not exist", path);
        try
        {
            return read();
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new IOException($"{path} may not be read: permission denied", failure);
        }
    }
}
