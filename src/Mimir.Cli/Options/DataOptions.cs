using Mimir.Cli.Errors;
using Mimir.Runtime.Data;
using Mimir.Runtime.Data.Augmentation;
using Mimir.Runtime.Recipes;

namespace Mimir.Cli.Options;

/// <summary>Which images.</summary>
internal static class DataOptions
{
    /// <summary>The options.</summary>
    /// <param name="limit">What the option that takes a part of the images is called.</param>
    /// <param name="images">What it counts.</param>
    /// <param name="otherwise">How many are taken where it is not given.</param>
    public static SettingGroup<DataRecipe> Group(string limit, string images, string otherwise = "all") => new("Data", [
        Setting.Text<DataRecipe>(
            "--data", "PATH", "Required. The images: 'digits' (8x8, inside the tool), a CIFAR-10 or CIFAR-100 binary folder, or a folder with "
                + "images.npy and labels.npy (or train_images.npy ...).",
            data => data.Path, (data, path) => data with { Path = Stored(path) }),
        Setting.Text<DataRecipe>(
            "--format", "NAME", "The format of --data: digits, cifar10, cifar100 or npy (default: recognised).",
            data => data.Format ?? "recognised", (data, name) => data with { Format = DataFormats.Parse(name).Name }),
        Setting.WholeOr<DataRecipe>(
            limit, 1, "all", $"Takes so many {images}, balanced over the classes; from 1 (default: {otherwise}).",
            data => data.Limit, (data, count) => data with { Limit = count }),
    ]);

    /// <summary>What is done to training images.</summary>
    public static Setting<T> Augment<T>(Func<T, AugmentationChoice> get, Func<T, AugmentationChoice, T> set) => Setting.Choice(
        "--augment", "What is done to training images: crop pads with zeros by an eighth of the side; flip is horizontal; resized-crop takes 0.2 to 1 of the "
            + "area (default format: crop-flip for CIFAR, crop for digits and npy).", get, set);

    /// <summary>Data that is still to be named; see <see cref="Require"/>.</summary>
    public static DataRecipe None { get; } = new() { Path = "" };

    /// <summary>Requires that data was named and is there.</summary>
    /// <exception cref="UsageException">It was not, or is not.</exception>
    public static void Require(DataRecipe data)
    {
        UsageException.Require(data.Path.Length > 0, $"--data is required: give {DataFormats.Wanted}");
        if (data.Format is not null && DataFormats.Parse(data.Format).BuiltIn)
            return;
        try
        {
            if (data.Format is null)
                DataFormats.Recognise(data.Path);
            else if (!Directory.Exists(data.Path) && !File.Exists(data.Path))
                throw new DirectoryNotFoundException($"--data: {data.Path} does not exist; give {DataFormats.Parse(data.Format).Wanted}");
        }
        catch (DirectoryNotFoundException e)
        {
            throw new UsageException(e.Message);
        }
    }

    // A full path, so that a run can be continued and repeated from anywhere.
    private static string Stored(string path) =>
        path.Length == 0 || DataFormats.All.Any(format => format.BuiltIn && format.Recognises(path)) ? path : Path.GetFullPath(path);
}
