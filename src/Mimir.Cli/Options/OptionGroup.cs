using System.CommandLine;

namespace Mimir.Cli.Options;

/// <summary>Options that stand together under one heading of the help.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Options">In the order of the help.</param>
internal record OptionGroup(string Title, IReadOnlyList<Option> Options);
