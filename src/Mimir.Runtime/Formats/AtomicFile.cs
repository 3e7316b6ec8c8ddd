namespace Mimir.Runtime.Formats;

/// <summary>Writes files so that a reader, or a run after a crash, sees the old content or the new one and nothing between.</summary>
public static class AtomicFile
{
    private const int DiskFullUnix = 28; // ENOSPC
    private const int QuotaUnix = 122; // EDQUOT
    private const int DiskFullWindows = unchecked((int)0x80070070); // ERROR_DISK_FULL
    private const int BufferBytes = 1 << 20;

    /// <summary>Writes beside the file under a temporary name, flushes to the disk and renames over <paramref name="path"/>.
    /// The folder must exist. A symbolic link is followed, so the file it points to is replaced and the link stays.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="write">Writes the whole content; the stream can seek.</param>
    /// <exception cref="IOException">The disk is full, the folder is missing or may not be written, or another failure of the disk;
    /// the message names <paramref name="path"/>. The temporary is gone and the file is as it was. What <paramref name="write"/>
    /// throws for other reasons comes out unchanged, after the same cleaning.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string? temporary = null;
        try
        {
            var file = new FileInfo(path);
            var target = file.LinkTarget is null ? file.FullName : file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
            var folder = Path.GetDirectoryName(target);
            if (folder is null || Directory.Exists(target))
                throw new IOException($"{path} cannot be written: it is a folder");
            if (!Directory.Exists(folder))
                throw new DirectoryNotFoundException($"{path} cannot be written: the folder {folder} does not exist");

            temporary = Path.Combine(folder, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception failure)
        {
            if (temporary is not null)
                Remove(temporary);
            if (temporary is not null && failure is IOException or UnauthorizedAccessException)
                throw new IOException(Describe(path, failure), failure);
            throw;
        }
    }

    private static string Describe(string path, Exception failure) => failure switch
    {
        { HResult: DiskFullUnix or QuotaUnix or DiskFullWindows } =>
            $"{path} could not be written: no space is left on the disk; free some and try again (an earlier file of that name is unchanged)",
        UnauthorizedAccessException => $"{path} could not be written: permission denied",
        _ => $"{path} could not be written: {failure.Message}",
    };

    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The failure that brought us here is the one to report.
        }
    }
}
