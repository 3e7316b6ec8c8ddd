using Mimir.Cli.Errors;

namespace Mimir.Cli.Options;

/// <summary>The path of a file that is still to be written.</summary>
internal static class NewFile
{
    /// <summary>Requires that there is none yet, and a folder for it.</summary>
    /// <param name="option">The option that named it.</param>
    /// <param name="path">The path.</param>
    /// <exception cref="UsageException">It is there already, or its folder is not.</exception>
    public static void Require(string option, string path)
    {
        UsageException.Require(path.Length > 0, $"{option} is empty; give a file");
        UsageException.Require(!Path.Exists(path), $"{option} {path} exists already; choose another name");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        UsageException.Require(Directory.Exists(folder), $"{option} {path} cannot be written: the folder {folder} does not exist");
    }
}
