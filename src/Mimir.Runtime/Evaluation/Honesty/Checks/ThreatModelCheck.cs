using System.Globalization;
using System.Reflection;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>Says what was measured, in full: without it a figure cannot be compared or repeated.</summary>
internal sealed class ThreatModelCheck() : HonestyCheck(1, "threat model")
{
    public override HonestyFinding Run(HonestyBench bench)
    {
        var (session, settings) = (bench.Session, bench.Session.Settings);
        var precision = session.Model.Device.Precision;
        var norm = settings.Norm == AttackNorm.Linf ? "L-infinity" : "L2";
        var radius = string.Create(CultureInfo.InvariantCulture, $"{settings.Eps * 255.0:0.###}/255 = {settings.Eps:R}");
        var identity = EvaluationIdentity.Of(bench.Settings.Checkpoint, session.Images);
        var assembly = typeof(ThreatModelCheck).Assembly;
        var version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        var finding = precision == MatrixPrecision.Float32
            ? Finding(HonestyVerdict.Pass, $"{norm}, eps {radius}, {session.Images.Count} images, seed {settings.Seed}, {precision.Name()}")
            : Finding(HonestyVerdict.Warn, $"{norm}, eps {radius}, {session.Images.Count} images, seed {settings.Seed}; {precision.Name()} rounds products, so gradients are coarse: use --precision fp32");
        return finding with
        {
            Details =
            [
                $"images {session.Images.Source}, sha256 {identity.DataSha256}",
                $"checkpoint {bench.Settings.Checkpoint}, sha256 {identity.CheckpointSha256}",
                $"code {version}, build {assembly.ManifestModule.ModuleVersionId}",
                .. session.Plan.Select(planned => $"{planned.Name}: {planned.Attack}"),
            ],
        };
    }
}
