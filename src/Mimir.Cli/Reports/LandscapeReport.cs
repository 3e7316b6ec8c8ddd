using Mimir.Kernels.Devices;
using Mimir.Runtime.Recipes;

namespace Mimir.Cli.Reports;

/// <summary>Surfaces of a loss.</summary>
/// <param name="Checkpoint">The classifier.</param>
/// <param name="Data">The images.</param>
/// <param name="Images">How many.</param>
/// <param name="Kind">Around what.</param>
/// <param name="Points">Points of an axis.</param>
/// <param name="Eps">ε in [0, 1].</param>
/// <param name="Surfaces">Each surface.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record LandscapeReport(
    string Checkpoint, string Data, int Images, LandscapeKind Kind, int Points, float Eps, IReadOnlyList<SurfaceReport> Surfaces, double Seconds) : Report
{
    /// <summary>Of surfaces that are saved.</summary>
    public static LandscapeReport Of(string verb, LandscapeRun run, IReadOnlyList<DrawnSurface> surfaces, string folder, Device device, double seconds) => new(
        run.Recipe.Checkpoint, run.Recipe.Data.Path, run.Images.Count, run.Recipe.Kind, run.Recipe.Points, run.Recipe.Eps,
        [.. surfaces.Select(drawn => SurfaceReport.Of(drawn, folder))], seconds)
    {
        Verb = verb,
        Device = device.Id.ToString(),
        Threads = device.Lanes,
        SimdBits = device.SimdBits,
        Seed = run.Recipe.Seed,
    };
}

/// <summary>One surface.</summary>
/// <param name="Name">Its name.</param>
/// <param name="OriginLoss">Loss where nothing is moved.</param>
/// <param name="LeastLoss">The lowest loss.</param>
/// <param name="MostLoss">The highest loss.</param>
/// <param name="OriginAccuracy">Accuracy where nothing is moved.</param>
/// <param name="LeastAccuracy">The lowest accuracy.</param>
/// <param name="Csv">The file of its numbers.</param>
/// <param name="Picture">The file of its picture.</param>
internal sealed record SurfaceReport(
    string Name, double OriginLoss, double LeastLoss, double MostLoss, double OriginAccuracy, double LeastAccuracy, string Csv, string Picture)
{
    /// <summary>Of a surface that is saved.</summary>
    public static SurfaceReport Of(DrawnSurface drawn, string folder)
    {
        var surface = drawn.Surface;
        var origin = surface.Loss.Length / 2;
        return new SurfaceReport(
            drawn.Name, surface.Loss[origin], surface.Loss.Min(), surface.Loss.Max(), surface.Accuracy[origin], surface.Accuracy.Min(),
            Path.Combine(folder, $"{drawn.Name}.csv"), Path.Combine(folder, $"{drawn.Name}.png"));
    }
}
